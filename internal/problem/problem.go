// Package problem is the one catalogue of refusals: every error that leaves
// Latchkey is a Problem defined here (RFC 9457 calls these problems), with its
// type, HTTP status and sentence. docs/errors.md is held against it by a test.
//
// It does not render: package handlers turns a Problem into JSON or a page.
package problem

import (
	"errors"
	"maps"
	"time"
)

// Problem is one kind of refusal, and, once With, Then, Of, Because or After has added what
// only the moment knows, one refusal. Type is API: it is never renamed or reused.
type Problem struct {
	Type    string
	Status  int    // HTTP
	Message string // one or two sentences that say what to do; never data from the request

	Details    map[string]string // error_details; never an address, token, verifier or secret
	RetryAfter time.Duration     // sent in seconds where it is not zero
	Next       Step              // sent as error_details.next; "" where the message says it all
	Project    string            // the id of the project it is about, where the request names none; never sent

	cause error
}

// With returns a copy that carries one more detail. A copy, because every request
// shares the catalogue's entry.
func (p *Problem) With(name, value string) *Problem {
	q := *p
	q.Details = maps.Clone(p.Details)
	if q.Details == nil {
		q.Details = make(map[string]string)
	}
	q.Details[name] = value
	return &q
}

// Then returns a copy after which another step helps.
func (p *Problem) Then(next Step) *Problem {
	q := *p
	q.Next = next
	return &q
}

// Of returns a copy that is about something of this project's.
func (p *Problem) Of(project string) *Problem {
	q := *p
	q.Project = project
	return &q
}

// Because returns a copy that carries cause for the log only.
func (p *Problem) Because(cause error) *Problem {
	q := *p
	q.cause = cause
	return &q
}

// After returns a copy that tells the client to wait for d.
func (p *Problem) After(d time.Duration) *Problem {
	q := *p
	q.RetryAfter = d
	return &q
}

// Error is for the log. It holds the cause and so is never sent.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.Type + ": " + p.cause.Error()
	}
	return p.Type
}

// Unwrap gives the cause to errors.Is and errors.As.
func (p *Problem) Unwrap() error { return p.cause }

// Is makes errors.Is compare types, so that a copy is still its catalogue's entry.
func (p *Problem) Is(target error) bool {
	other, ok := target.(*Problem)
	return ok && other.Type == p.Type
}

// From finds the Problem in err. What is none becomes Internal with err as its
// cause: no inner detail reaches a client.
func From(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return Internal.Because(err)
}
