package main

import (
	"context"
	"errors"
	"time"
)

// slowRelay is what a relay takes for a mail that is slow.
const slowRelay = 200 * time.Millisecond

// relayRounds are one database's.
type relayRounds struct {
	Database  string      `json:"database"`
	PerSecond []float64   `json:"starts_per_second"`
	Fast      []quantiles `json:"fast_relay"`
	Slow      []quantiles `json:"slow_relay"`
}

// measureRelay is goal 8: starts arrive at half their maximum, and the relay takes mails
// at once or lets each wait. Nothing in a request waits for it.
func measureRelay(ctx context.Context, b *bench) (any, error) {
	var all []relayRounds
	for _, on := range b.databases {
		rounds, err := b.relayRounds(ctx, on)
		if err != nil {
			return nil, err
		}
		b.record("8", on.kind, shares(p99s(rounds.Slow), p99s(rounds.Fast))...)
		all = append(all, *rounds)
	}
	return all, nil
}

func (b *bench) relayRounds(ctx context.Context, on maker) (rounds *relayRounds, err error) {
	w, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	rounds = &relayRounds{Database: on.kind}
	p := newProgress("relay, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		most, err := w.during(ctx, b.lasting, w.newcomers(startConnections))
		if err != nil {
			return nil, err
		}
		fast, err := b.withRelay(ctx, w, 0, most.rate()/2)
		if err != nil {
			return nil, err
		}
		slow, err := b.withRelay(ctx, w, slowRelay, most.rate()/2)
		if err != nil {
			return nil, err
		}
		rounds.PerSecond = append(rounds.PerSecond, most.rate()/2)
		rounds.Fast = append(rounds.Fast, fast.quantiles())
		rounds.Slow = append(rounds.Slow, slow.quantiles())
	}
	return rounds, nil
}

func (b *bench) withRelay(ctx context.Context, w *world, delay time.Duration, perSecond float64) (*outcome, error) {
	w.sink.delay.Store(int64(delay))
	o, err := w.newcomers(openConnections).arrives(ctx, perSecond, b.lasting)
	w.sink.delay.Store(0)
	if err != nil {
		return nil, err
	}
	return o, w.delivered(ctx)
}
