package main

import (
	"context"
	"errors"
)

// startConnections is how many ask at once where starts are measured.
const startConnections = 64

// startRates are one database's, in each round.
type startRates struct {
	Database  string    `json:"database"`
	Gin       []float64 `json:"gin_per_second"`
	New       []float64 `json:"new_addresses_per_second"`
	Returning []float64 `json:"returning_addresses_per_second"`
	P99       []float64 `json:"new_addresses_p99_ms"`
}

// measureStarts is goals 1 and 2. Mails go out meanwhile, and the queue is empty again
// before the next is measured. What is held against the ceiling is the dearer of the
// two, new addresses.
func measureStarts(ctx context.Context, b *bench) (any, error) {
	var all []startRates
	for _, on := range b.databases {
		rates, err := b.startRates(ctx, on)
		if err != nil {
			return nil, err
		}
		b.record("1", on.kind, inPercent(shares(rates.New, rates.Gin))...)
		b.record("2", on.kind, shares(rates.New, rates.Returning)...)
		all = append(all, *rates)
	}
	return all, nil
}

func (b *bench) startRates(ctx context.Context, on maker) (rates *startRates, err error) {
	gin, err := startCeiling(ctx, "gin")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, gin.stop()) }()
	bare, err := newEndpoint("http://"+gin.said+"/v1", projectID, projectSecret)
	if err != nil {
		return nil, err
	}
	w, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	rates = &startRates{Database: on.kind}
	p := newProgress("starts, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		ceiling, err := load{bare, w.proof, startConnections, (*caller).start}.lasts(ctx, b.lasting)
		if err != nil {
			return nil, err
		}
		fresh, err := w.during(ctx, b.lasting, w.newcomers(startConnections))
		if err != nil {
			return nil, err
		}
		known, err := w.during(ctx, b.lasting, w.returning(startConnections))
		if err != nil {
			return nil, err
		}
		rates.Gin = append(rates.Gin, ceiling.rate())
		rates.New = append(rates.New, fresh.rate())
		rates.P99 = append(rates.P99, fresh.quantile(0.99))
		rates.Returning = append(rates.Returning, known.rate())
	}
	return rates, nil
}

// shares divides round by round.
func shares(ours, ceiling []float64) []float64 {
	divided := make([]float64, len(ours))
	for i := range ours {
		divided[i] = ours[i] / ceiling[i]
	}
	return divided
}

func inPercent(shares []float64) []float64 {
	for i := range shares {
		shares[i] *= 100
	}
	return shares
}
