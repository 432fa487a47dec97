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
	// CPU is what the service itself used for a start of a new address and its mail. It
	// depends less than a rate does on what else the machine does.
	CPU []float64 `json:"new_addresses_cpu_us"`
	// The same with the standard library's client, which is what goal 1 is about.
	OrdinaryGin []float64 `json:"ordinary_client_gin_per_second"`
	Ordinary    []float64 `json:"ordinary_client_new_addresses_per_second"`
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
		b.record("1", on.kind, inPercent(shares(rates.Ordinary, rates.OrdinaryGin))...)
		b.record("2", on.kind, shares(rates.New, rates.Returning)...)
		all = append(all, *rates)
	}
	return all, b.drawStarts(all)
}

func (b *bench) drawStarts(all []startRates) error {
	c := chart{title: "Starts, 64 connections", x: "round", y: "per second", log: true}
	for _, rates := range all {
		c.lines = append(c.lines, overRounds("gin, beside "+rates.Database, rates.Gin),
			overRounds("new addresses, "+rates.Database, rates.New),
			overRounds("returning, "+rates.Database, rates.Returning))
	}
	return b.draw("starts", c)
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
		if err := rates.round(ctx, b, bare, w); err != nil {
			return nil, err
		}
		if err := rates.ordinaryRound(ctx, b, bare, w); err != nil {
			return nil, err
		}
	}
	return rates, nil
}

// ordinaryRound measures new addresses and their ceiling once.
func (r *startRates) ordinaryRound(ctx context.Context, b *bench, bare *endpoint, w *world) error {
	client := newOrdinary(bare, w.proof)
	ceiling, err := w.load(startConnections, func(_ *caller, i int) error { return client.start(ctx, i) }).lasts(ctx, b.lasting)
	if err != nil {
		return err
	}
	client = newOrdinary(w.to, w.proof)
	fresh, err := w.during(ctx, b.lasting, w.load(startConnections, func(*caller, int) error {
		w.started.Add(1)
		return client.start(ctx, w.newcomer())
	}))
	if err != nil {
		return err
	}
	r.OrdinaryGin = append(r.OrdinaryGin, ceiling.rate())
	r.Ordinary = append(r.Ordinary, fresh.rate())
	return nil
}

// round measures each of the three once.
func (r *startRates) round(ctx context.Context, b *bench, bare *endpoint, w *world) error {
	ceiling, err := load{bare, w.proof, startConnections, (*caller).start}.lasts(ctx, b.lasting)
	if err != nil {
		return err
	}
	fresh, cpu, err := w.costing(ctx, b.lasting, w.newcomers(startConnections))
	if err != nil {
		return err
	}
	known, err := w.during(ctx, b.lasting, w.returning(startConnections))
	if err != nil {
		return err
	}
	r.Gin = append(r.Gin, ceiling.rate())
	r.New = append(r.New, fresh.rate())
	r.P99 = append(r.P99, fresh.quantile(0.99))
	r.CPU = append(r.CPU, cpu)
	r.Returning = append(r.Returning, known.rate())
	return nil
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
