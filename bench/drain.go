package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// drainRates are one database's, in each round.
type drainRates struct {
	Database    string    `json:"database"`
	Mails       int       `json:"mails"`
	GoMail      []float64 `json:"go_mail_per_second"`
	Drained     []float64 `json:"drained_per_second"`
	Connections []float64 `json:"connections"`
}

// drainConnections is smtp.senders' default, and go-mail gets as many.
const drainConnections = 4

// measureDrain is goals 5 and 6: the relay hangs until all mails are queued.
func measureDrain(ctx context.Context, b *bench) (any, error) {
	var all []drainRates
	for _, on := range b.databases {
		rates, err := b.drainRates(ctx, on)
		if err != nil {
			return nil, err
		}
		b.record("5", on.kind, inPercent(shares(rates.Drained, rates.GoMail))...)
		b.record("6", on.kind, rates.Connections...)
		all = append(all, *rates)
	}
	return all, nil
}

func (b *bench) drainRates(ctx context.Context, on maker) (rates *drainRates, err error) {
	w, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	rates = &drainRates{Database: on.kind, Mails: b.mails}
	p := newProgress("drain, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		ceiling, err := b.goMailRate(ctx)
		if err != nil {
			return nil, err
		}
		before := w.sink.connections.Load()
		drained, err := b.drainRound(ctx, w)
		if err != nil {
			return nil, err
		}
		rates.GoMail = append(rates.GoMail, ceiling)
		rates.Drained = append(rates.Drained, drained)
		rates.Connections = append(rates.Connections, float64(w.sink.connections.Load()-before))
	}
	return rates, nil
}

// drainRound is in mails a second.
func (b *bench) drainRound(ctx context.Context, w *world) (float64, error) {
	w.sink.gate.Lock()
	_, err := w.newcomers(startConnections).asks(ctx, b.mails)
	waiting := w.started.Load() - w.sink.mails.Load()
	w.sink.gate.Unlock()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = w.delivered(ctx)
	return float64(waiting) / time.Since(began).Seconds(), err
}

// goMailRate is in mails a second to a sink of the same kind.
func (b *bench) goMailRate(ctx context.Context) (rate float64, err error) {
	to, err := startSink(nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	return ceilingRate(ctx, "mail", to.address, fmt.Sprint(b.mails), fmt.Sprint(drainConnections))
}
