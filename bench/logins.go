package main

import (
	"context"
	"errors"
)

// loginRates are one database's, in each round.
type loginRates struct {
	Database string    `json:"database"`
	Logins   []float64 `json:"logins_per_second"`
	P99      []float64 `json:"p99_ms"` // of start, mail and redemption together
	// CPU is what the service itself used for a login. It depends less than a rate does on
	// what else the machine does.
	CPU     []float64 `json:"login_cpu_us"`
	Crowded []float64 `json:"logins_per_second_c64"`
	Commits []float64 `json:"commits_per_login_c64,omitempty"`
}

// measureLogins is goals 4 and 13. Where the program counts its commits, those of the
// mail queue are among them.
func measureLogins(ctx context.Context, b *bench) (any, error) {
	var all []loginRates
	for _, on := range b.databases {
		rates, err := b.loginRates(ctx, on)
		if err != nil {
			return nil, err
		}
		b.record("4", on.kind, rates.Logins...)
		if on.kind == onSQLite { // PostgreSQL groups the commits of its connections itself, and tells nobody
			b.record("13", on.kind, rates.Commits...)
		}
		all = append(all, *rates)
	}
	return all, nil
}

func (b *bench) loginRates(ctx context.Context, on maker) (rates *loginRates, err error) {
	at := new(mailboxes)
	w, err := b.newWorld(ctx, on, func(recipient, token []byte) { at.read(recipient, token) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	rates = &loginRates{Database: on.kind}
	p := newProgress("logins, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		few, cpu, err := w.costing(ctx, b.lasting, w.logins(redeemConnections, at))
		if err != nil {
			return nil, err
		}
		rates.Logins = append(rates.Logins, few.rate())
		rates.P99 = append(rates.P99, few.quantile(0.99))
		rates.CPU = append(rates.CPU, cpu)
		before, err := w.metric(commitsMetric)
		if err != nil {
			return nil, err
		}
		many, err := w.during(ctx, b.lasting, w.logins(startConnections, at))
		if err != nil {
			return nil, err
		}
		after, err := w.metric(commitsMetric)
		if err != nil {
			return nil, err
		}
		rates.Crowded = append(rates.Crowded, many.rate())
		rates.Commits = append(rates.Commits, (after-before)/float64(many.requests))
	}
	return rates, nil
}

const commitsMetric = "latchkey_commits_total"
