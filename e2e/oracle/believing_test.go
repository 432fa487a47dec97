package oracle

import (
	"fmt"
	"strings"
)

// told is a request and what was answered. lost means that nobody heard the answer: the
// crash came first, and the request was granted or never came.
type told struct {
	request
	answer     string
	sideBySide bool
	found      []int // a code's links, where it looked for them before others changed that
	unseen     []int // open links that a redemption did not know of, and so left open
}

const lost = "lost"

func (t told) String() string { return fmt.Sprintf("%T%+v → %s", t.request, t.request, t.answer) }

// believe is the request's, but for a sign-out by a token that is replaced meanwhile: the
// service looks for the token before that, and the session ends, or after it, and finds none.
func (t told) believe(o *oracle) string {
	if r, signsOut := t.request.(revoke); signsOut && t.sideBySide && t.answer == "session_not_found" && o.replaced(r) {
		return t.answer
	}
	answer := t.believeAt(o)
	for _, l := range o.numbered(t.unseen) {
		l.revoked = false
	}
	return answer
}

func (t told) believeAt(o *oracle) string {
	if t.found != nil {
		return t.request.(code).believeAt(o, o.numbered(t.found))
	}
	return t.request.believe(o)
}

func (o *oracle) replaced(r revoke) bool {
	s := o.sessions[r.session.session]
	return s != nil && !r.byID && s.generation != r.session.generation
}

// fits says whether the answer is what the oracle expects, which is as it is once the
// request was granted or refused.
func (t told) fits(expected string, o *oracle) bool {
	switch {
	case t.answer == lost, t.answer == expected:
		return true
	case !t.sideBySide:
		return false
	case t.answer == "session_not_found" && t.isOver(o), t.answer == "too_many_requests mailbox" && t.isFull(expected, o),
		t.answer == "attached_in_another_session" && t.isSpent(expected):
		return true
	}
	return withoutEnding(t.answer) == withoutEnding(expected)
}

// withoutEnding leaves out when a session ends: a redemption that goes on in one has its
// answer ready before it changes anything, and keeps an end that somebody else sets
// meanwhile (docs/design.md, "A session has one token"). The database shows it.
func withoutEnding(answer string) string {
	answer, _, _ = strings.Cut(answer, " until ")
	return answer
}

// isOver says whether what is redeemed was to go on in a session that is over. To delete an
// address ends sessions and revokes links: which of the two refuses is whichever is seen
// first.
func (t told) isOver(o *oracle) bool {
	switch r := t.request.(type) {
	case redeem:
		return !r.anew && o.living(r.project, r.in) == nil
	case code:
		return !r.anew && o.living(r.project, r.in) == nil
	}
	return false
}

// isFull says whether a send whose owner is gone meets a full mailbox. The owner is looked up
// first, and may go meanwhile: which of the two refuses is whichever is seen first.
func (t told) isFull(expected string, o *oracle) bool {
	r, sends := t.request.(send)
	return sends && (expected == "user_not_found" || expected == "session_not_found") && o.fullFor(r.start)
}

// isSpent says whether a redemption that may leave its session aside meets a link that was
// spent in that session meanwhile: it had looked at the link before, and at the session after.
func (t told) isSpent(expected string) bool {
	switch r := t.request.(type) {
	case redeem:
		return r.anew && r.in != token{} && expected == "unable_to_auth_magic_link redeemed"
	case code:
		return r.anew && r.in != token{} && expected == "unable_to_auth_otp_code"
	}
	return false
}

// A history is requests in an order in which they can have been granted, one after
// another.
type history []told

// replay tells the oracle a history from the beginning.
func (h history) replay(newer func(a, b int) bool) *oracle {
	o := newOracle(newer)
	for _, t := range h {
		t.believe(o)
	}
	return o
}

// extended is every history that goes on from h with the requests of one step, in
// whichever order, and in which each answer is what the oracle expects. What was lost may
// be left out.
func (h history) extended(step []told, newer func(a, b int) bool) (all []history) {
	return h.extendedFrom(h.replay(newer), step, newer)
}

// extendedFrom is extended where some of the step was granted already, to who was as before.
func (h history) extendedFrom(before *oracle, step []told, newer func(a, b int) bool) (all []history) {
	settled := true
	for i, asked := range step {
		if asked.answer != lost {
			settled = false
		}
		for _, next := range asked.meant(before, h, newer) {
			if o := h.replay(newer); !next.fits(next.believe(o), o) {
				continue
			}
			rest := append(append([]told{}, step[:i]...), step[i+1:]...)
			all = append(all, append(h[:len(h):len(h)], next).extendedFrom(before, rest, newer)...)
		}
	}
	if settled {
		all = append(all, h)
	}
	return all
}

// matching keeps the histories after which everything is as the picture shows it, and of
// those that come to the same only one.
func matching(histories []history, seen string, newer func(a, b int) bool) (kept []history) {
	known := make(map[string]bool)
	for _, h := range histories {
		o := h.replay(newer)
		if mark := o.fingerprint(); o.picture().String() == seen && !known[mark] {
			known[mark] = true
			kept = append(kept, h)
		}
	}
	return kept
}
