package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// world is a service on an empty database, and the people who come.
type world struct {
	*service
	to      *endpoint
	proof   *proof
	people  atomic.Int64 // have come so far; their numbers begin at 0
	started atomic.Int64 // mails are owed or sent
}

// newWorld has a sink that read listens at; nil: nobody reads.
func (b *bench) newWorld(ctx context.Context, on maker, read func(recipient, token []byte)) (*world, error) {
	s, err := b.newService(ctx, on, read)
	if err != nil {
		return nil, err
	}
	to, err := s.backEnd()
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return &world{service: s, to: to, proof: newProof()}, nil
}

// newcomer is somebody who was never there.
func (w *world) newcomer() int { return int(w.people.Add(1) - 1) }

// load is on the world's service.
func (w *world) load(connections int, ask func(c *caller, i int) error) load {
	return load{w.to, w.proof, connections, ask}
}

// start asks for a link for the person.
func (w *world) start(c *caller, person int) error {
	w.started.Add(1)
	return c.start(person)
}

// newcomers start.
func (w *world) newcomers(connections int) load {
	return w.load(connections, func(c *caller, _ int) error { return w.start(c, w.newcomer()) })
}

// returning start, one after the other of those who have come: so many that nobody's
// mailbox limit has much to count.
func (w *world) returning(connections int) load {
	return w.load(connections, func(c *caller, i int) error { return w.start(c, i%int(w.people.Load())) })
}

// login is a start, its mail and a redemption, of newcomers. The sink must be read by
// the mailboxes.
func (w *world) logins(connections int, at *mailboxes) load {
	return w.load(connections, func(c *caller, _ int) error {
		person := w.newcomer()
		token, err := at.token(person, func() error { return w.start(c, person) })
		if err != nil {
			return err
		}
		return c.redeem(token)
	})
}

// during runs the load for so long, and returns when all mails are delivered: what comes
// next finds no queue.
func (w *world) during(ctx context.Context, lasting time.Duration, l load) (*outcome, error) {
	o, err := l.lasts(ctx, lasting)
	if err != nil {
		return nil, err
	}
	return o, w.delivered(ctx)
}

// costing is during, with what the service itself used of the processor for a request and
// its mail, in microseconds.
func (w *world) costing(ctx context.Context, lasting time.Duration, l load) (o *outcome, cpu float64, err error) {
	before, err := w.usage()
	if err != nil {
		return nil, 0, err
	}
	if o, err = w.during(ctx, lasting, l); err != nil {
		return nil, 0, err
	}
	after, err := w.usage()
	return o, float64((after.cpu - before.cpu).Microseconds()) / float64(o.requests), err
}

// delivered is when the sink has taken all mails.
func (w *world) delivered(ctx context.Context) error { return w.sink.wait(ctx, w.started.Load()) }
