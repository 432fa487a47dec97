package main

import (
	"context"
	"errors"
)

// redeemConnections is how many ask at once where redemptions and logins are measured.
const redeemConnections = 16

// redeemRates are one database's, in each round.
type redeemRates struct {
	Database string    `json:"database"`
	Redeems  []float64 `json:"redeems_per_second"`
	P99      []float64 `json:"p99_ms"`
}

// measureRedeems is goal 3: links of as many persons, whose mails have all come before,
// are spent for sessions.
func measureRedeems(ctx context.Context, b *bench) (any, error) {
	var all []redeemRates
	for _, on := range b.databases {
		rates, err := b.redeemRates(ctx, on)
		if err != nil {
			return nil, err
		}
		b.record("3", on.kind, rates.Redeems...)
		all = append(all, *rates)
	}
	return all, nil
}

// linksAtOnce is how many are asked for before they are redeemed.
const linksAtOnce = 4096

func (b *bench) redeemRates(ctx context.Context, on maker) (rates *redeemRates, err error) {
	tokens := make(chan string, linksAtOnce)
	w, err := b.newWorld(ctx, on, func(_, token []byte) { tokens <- string(token) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	rates = &redeemRates{Database: on.kind}
	p := newProgress("redeems, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		o, err := b.redeemRound(ctx, w, tokens)
		if err != nil {
			return nil, err
		}
		rates.Redeems = append(rates.Redeems, o.rate())
		rates.P99 = append(rates.P99, o.quantile(0.99))
	}
	return rates, nil
}

// redeemRound redeems for as long as a round lasts, and begins links in between, which
// does not count.
func (b *bench) redeemRound(ctx context.Context, w *world, tokens chan string) (*outcome, error) {
	redeemed := new(outcome)
	for redeemed.took < b.lasting {
		if _, err := w.newcomers(startConnections).asks(ctx, linksAtOnce); err != nil {
			return nil, err
		}
		if err := w.delivered(ctx); err != nil {
			return nil, err
		}
		o, err := w.load(redeemConnections, func(c *caller, _ int) error { return c.redeem(<-tokens) }).asks(ctx, linksAtOnce)
		if err != nil {
			return nil, err
		}
		redeemed.add(o)
	}
	return redeemed, nil
}
