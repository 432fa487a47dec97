package main

import (
	"context"
	"sync/atomic"
	"time"
)

// world is a service with people.
type world struct {
	*service
	to      *endpoint
	proof   *proof
	people  atomic.Int64 // so many were started for
	started atomic.Int64 // so many mails are owed
}

func (b *bench) newWorld(ctx context.Context, on maker) (*world, error) {
	return b.newReadWorld(ctx, on, nil)
}

// newReadWorld is one whose mail is read.
func (b *bench) newReadWorld(ctx context.Context, on maker, read func(recipient, token []byte)) (*world, error) {
	s, err := b.newService(ctx, on, read)
	if err != nil {
		return nil, err
	}
	to, err := s.backEnd()
	return &world{service: s, to: to, proof: newProof()}, err
}

// newcomer is somebody who was never there.
func (w *world) newcomer(int) int { return int(w.people.Add(1) - 1) }

// known is one after the other of those who were. So many starts fall on so many people
// that nobody's mailbox limit has much to count.
func (w *world) known(i int) int { return i % int(w.people.Load()) }

// start is one, for the person.
func (w *world) start(c *caller, person int) error {
	w.started.Add(1)
	return c.start(person)
}

// starts asks for links, and returns when their mails are delivered, too.
func (w *world) starts(ctx context.Context, connections int, lasting time.Duration, who func(i int) int) (*outcome, error) {
	l := load{w.to, w.proof, connections, func(c *caller, i int) error { return w.start(c, who(i)) }}
	o, err := l.lasts(ctx, lasting)
	if err != nil {
		return nil, err
	}
	return o, w.sink.wait(ctx, w.started.Load())
}
