package main

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"
)

// load is what comes over so many connections, each of which has one request under way
// at most.
type load struct {
	to          *endpoint
	proof       *proof
	connections int
	ask         func(c *caller, i int) error // the i-th request
}

// outcome is what a load came to.
type outcome struct {
	requests  int
	took      time.Duration
	latencies []float64 // in milliseconds, in order of size
}

// rate is in requests a second.
func (o *outcome) rate() float64 { return float64(o.requests) / o.took.Seconds() }

// quantile is in milliseconds: 0.5 is the median.
func (o *outcome) quantile(q float64) float64 {
	return stat.Quantile(q, stat.Empirical, o.latencies, nil)
}

// add puts the two after one another.
func (o *outcome) add(more *outcome) {
	o.requests += more.requests
	o.took += more.took
	o.latencies = append(o.latencies, more.latencies...)
	slices.Sort(o.latencies)
}

// lasts asks on each connection again as soon as it was answered, for so long: a closed
// loop.
func (l load) lasts(ctx context.Context, long time.Duration) (*outcome, error) {
	end := time.Now().Add(long)
	return l.run(ctx, func(int) (time.Time, bool) {
		now := time.Now()
		return now, now.Before(end)
	})
}

// until is the same until end is closed.
func (l load) until(ctx context.Context, end <-chan struct{}) (*outcome, error) {
	return l.run(ctx, func(int) (time.Time, bool) {
		select {
		case <-end:
			return time.Time{}, false
		default:
			return time.Now(), true
		}
	})
}

// asks is the same for so many requests.
func (l load) asks(ctx context.Context, requests int) (*outcome, error) {
	return l.run(ctx, func(i int) (time.Time, bool) { return time.Now(), i < requests })
}

// arrives asks so often a second, however long the answers take, as people do: an open
// loop. A request that finds all connections busy waits, and since its time is counted
// from when it was due, that shows. Being woken late adds up to a millisecond to it.
func (l load) arrives(ctx context.Context, perSecond float64, long time.Duration) (*outcome, error) {
	began := time.Now()
	return l.run(ctx, func(i int) (time.Time, bool) {
		after := time.Duration(float64(i) / perSecond * float64(time.Second))
		due := began.Add(after)
		if after < long {
			time.Sleep(time.Until(due))
		}
		return due, after < long
	})
}

// run gives whichever connection is free the next request, as long as next says when it
// is due. The first that fails ends it.
func (l load) run(ctx context.Context, next func(i int) (due time.Time, more bool)) (*outcome, error) {
	connections, ctx := errgroup.WithContext(ctx)
	latencies := make([][]float64, l.connections)
	var taken atomic.Int64
	began := time.Now()
	for own := range latencies {
		connections.Go(func() error {
			c := &caller{conn: conn{to: l.to}, proof: l.proof}
			defer c.close()
			for {
				i := int(taken.Add(1) - 1)
				due, more := next(i)
				if !more || ctx.Err() != nil {
					return ctx.Err()
				}
				if err := l.ask(c, i); err != nil {
					return err
				}
				latencies[own] = append(latencies[own], milliseconds(time.Since(due)))
			}
		})
	}
	if err := connections.Wait(); err != nil {
		return nil, err
	}
	o := &outcome{took: time.Since(began), latencies: slices.Concat(latencies...)}
	o.requests = len(o.latencies)
	slices.Sort(o.latencies)
	return o, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
