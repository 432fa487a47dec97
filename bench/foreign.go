package main

import (
	"context"
	"errors"
	"fmt"
)

// foreign is another service of this wire format, already running, as -target names it.
type foreign struct{ url, project, secret string }

// measure asks it for links of ever new addresses, in turn with the gin ceiling. What it
// does with its mail is its own affair.
func (f foreign) measure(ctx context.Context, b *bench) (err error) {
	to, err := newEndpoint(f.url, f.project, f.secret)
	if err != nil {
		return err
	}
	gin, err := startCeiling(ctx, "gin")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gin.stop()) }()
	bare, err := newEndpoint("http://"+gin.said+"/v1", f.project, f.secret)
	if err != nil {
		return err
	}
	people, proof := 0, newProof()
	for range b.rounds {
		ceiling, err := load{bare, proof, startConnections, (*caller).start}.lasts(ctx, b.lasting)
		if err != nil {
			return err
		}
		first := people
		theirs, err := load{to, proof, startConnections, func(c *caller, i int) error { return c.start(first + i) }}.lasts(ctx, b.lasting)
		if err != nil {
			return err
		}
		people += theirs.requests + startConnections
		fmt.Printf("%.0f starts/s, %.1f %% of gin's %.0f; p50 %.1f ms, p99 %.1f ms\n", theirs.rate(), 100*theirs.rate()/ceiling.rate(),
			ceiling.rate(), theirs.quantile(0.5), theirs.quantile(0.99))
	}
	return nil
}
