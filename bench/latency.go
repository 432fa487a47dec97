package main

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/plot"
)

// quantiles of latencies, in milliseconds.
type quantiles struct {
	P50  float64 `json:"p50_ms"`
	P90  float64 `json:"p90_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
}

func (o *outcome) quantiles() quantiles {
	return quantiles{o.quantile(0.5), o.quantile(0.9), o.quantile(0.99), o.quantile(0.999)}
}

// openLoop is one database's at half its maximum, in each round.
type openLoop struct {
	Database string      `json:"database"`
	Maximum  []float64   `json:"maximum_logins_per_second"`
	Starts   []quantiles `json:"starts"`
	Redeems  []quantiles `json:"redeems"`
}

// measureLatency is goal 7. The maximum is that of whole logins at c=64 a moment before;
// half of it arrives then, whatever becomes of it.
func measureLatency(ctx context.Context, b *bench) (any, error) {
	var all []openLoop
	for _, on := range b.databases {
		found, err := b.openLoop(ctx, on)
		if err != nil {
			return nil, err
		}
		b.record("7a", on.kind, p99s(found.Starts)...)
		b.record("7b", on.kind, p99s(found.Redeems)...)
		all = append(all, *found)
	}
	return all, b.drawLatency(all)
}

// drawLatency draws the rounds' medians of each quantile.
func (b *bench) drawLatency(all []openLoop) error {
	c := chart{title: "Arrivals at half the maximum", x: "of 1000 requests, so many are answered", y: "within milliseconds", log: true, marks: quantileMarks}
	for _, found := range all {
		c.lines = append(c.lines, overQuantiles("start, "+found.Database, found.Starts), overQuantiles("redeem, "+found.Database, found.Redeems))
	}
	return b.draw("latency", c)
}

// quantileMarks stand at equal distances.
var quantileMarks = plot.ConstantTicks{{Value: 1, Label: "500"}, {Value: 2, Label: "900"}, {Value: 3, Label: "990"}, {Value: 4, Label: "999"}}

func overQuantiles(name string, rounds []quantiles) line {
	var by [4][]float64
	for _, q := range rounds {
		for i, value := range []float64{q.P50, q.P90, q.P99, q.P999} {
			by[i] = append(by[i], value)
		}
	}
	l := line{name: name}
	for i, values := range by {
		l.x, l.y = append(l.x, float64(i+1)), append(l.y, median(values))
	}
	return l
}

func p99s(rounds []quantiles) []float64 {
	all := make([]float64, len(rounds))
	for i, q := range rounds {
		all[i] = q.P99
	}
	return all
}

func (b *bench) openLoop(ctx context.Context, on maker) (found *openLoop, err error) {
	at := new(mailboxes)
	tokens := make(chan string, 1<<20)
	w, err := b.newWorld(ctx, on, func(recipient, token []byte) {
		if !at.read(recipient, token) {
			tokens <- string(token)
		}
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	found = &openLoop{Database: on.kind}
	p := newProgress("latency, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		most, err := w.during(ctx, b.lasting, w.logins(startConnections, at))
		if err != nil {
			return nil, err
		}
		starts, redeems, err := b.arrivals(ctx, w, tokens, most.rate()/2)
		if err != nil {
			return nil, err
		}
		found.Maximum = append(found.Maximum, most.rate())
		found.Starts = append(found.Starts, starts.quantiles())
		found.Redeems = append(found.Redeems, redeems.quantiles())
	}
	return found, nil
}

// openConnections are enough that an arrival hardly ever finds none free.
const openConnections = 256

// arrivals are so many starts and as many redemptions a second. The links that are
// redeemed were asked for before, so that nobody waits for a mail.
func (b *bench) arrivals(ctx context.Context, w *world, tokens chan string, perSecond float64) (starts, redeems *outcome, err error) {
	if _, err := w.newcomers(startConnections).asks(ctx, int(perSecond*b.lasting.Seconds())+1); err != nil {
		return nil, nil, err
	}
	if err := w.delivered(ctx); err != nil {
		return nil, nil, err
	}
	both, arriving := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		starts, err = w.newcomers(openConnections).arrives(arriving, perSecond, b.lasting)
		return err
	})
	both.Go(func() (err error) {
		redeem := w.load(openConnections, func(c *caller, _ int) error { return c.redeem(<-tokens) })
		redeems, err = redeem.arrives(arriving, perSecond, b.lasting)
		return err
	})
	if err := both.Wait(); err != nil {
		return nil, nil, err
	}
	return starts, redeems, w.delivered(ctx)
}
