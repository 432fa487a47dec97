package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"
)

// grown is what a service does whose tables hold so much.
type grown struct {
	Database  string    `json:"database"`
	Links     int       `json:"links"`
	Bytes     int64     `json:"database_bytes"` // after seeding
	StartUp   []float64 `json:"start_up_ms"`
	Starts    []float64 `json:"starts_per_second"` // returning addresses, c=64
	StartP99  []float64 `json:"start_p99_ms"`
	Redeems   []float64 `json:"redeems_per_second"` // c=16
	RedeemP99 []float64 `json:"redeem_p99_ms"`

	world  *world
	tokens *tokens
}

// redeemsARound are at most redeemed of what was started.
const redeemsARound = 10_000

// measureGrowth is goal 12. The sizes are measured in turn, each on a service of its own,
// so that what else the machine does falls on all alike. Rows that were seeded only fill
// the tables: what is redeemed was started for one of their persons, any of them.
func measureGrowth(ctx context.Context, b *bench) (any, error) {
	var all []*grown
	for _, on := range b.databases {
		sizes, err := b.growth(ctx, on)
		if err != nil {
			return nil, err
		}
		b.recordGrowth(on.kind, sizes)
		all = append(all, sizes...)
	}
	return all, printGrowth(all)
}

func (b *bench) growth(ctx context.Context, on maker) (sizes []*grown, err error) {
	defer func() {
		for _, g := range sizes {
			err = errors.Join(err, g.world.stop())
		}
	}()
	for _, links := range b.links {
		g, err := b.grow(ctx, on, links)
		if err != nil {
			return sizes, err
		}
		sizes = append(sizes, g)
	}
	p := newProgress("growth, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		for _, g := range sizes {
			if err := g.measure(ctx, b); err != nil {
				return sizes, fmt.Errorf("%d links: %w", g.Links, err)
			}
		}
	}
	return sizes, nil
}

// grow makes a service of that size, and starts it a few times.
func (b *bench) grow(ctx context.Context, on maker, links int) (*grown, error) {
	g := &grown{Database: on.kind, Links: links, tokens: newTokens()}
	var err error
	if g.world, err = b.newWorld(ctx, on, g.tokens.read); err != nil {
		return nil, err
	}
	if err := g.fill(ctx, b); err != nil {
		return nil, errors.Join(err, g.world.stop())
	}
	return g, nil
}

func (g *grown) fill(ctx context.Context, b *bench) (err error) {
	if err := g.world.terminate(); err != nil {
		return err
	}
	if err := g.world.seed(ctx, fmt.Sprintf("%s, %d links", g.Database, g.Links), aged(g.Links)); err != nil {
		return err
	}
	if g.Bytes, err = g.world.database.size(); err != nil {
		return err
	}
	for range b.rounds {
		if err := errors.Join(g.world.terminate(), g.world.launch(ctx)); err != nil {
			return err
		}
		g.StartUp = append(g.StartUp, milliseconds(g.world.took))
	}
	return nil
}

// measure is one round: starts for persons of whom the tables are full, and then
// redemptions of what was mailed.
func (g *grown) measure(ctx context.Context, b *bench) error {
	anybody := func(c *caller, _ int) error { return g.world.start(c, seeded(1+rand.IntN(g.Links/2))) }
	starts, err := g.world.during(ctx, b.lasting, g.world.load(startConnections, anybody))
	if err != nil {
		return err
	}
	tokens := g.tokens.take()
	redeems, err := g.world.load(redeemConnections, func(c *caller, i int) error { return c.redeem(tokens[i]) }).asks(ctx, min(len(tokens), redeemsARound))
	if err != nil {
		return err
	}
	g.Starts, g.StartP99 = append(g.Starts, starts.rate()), append(g.StartP99, starts.quantile(0.99))
	g.Redeems, g.RedeemP99 = append(g.Redeems, redeems.rate()), append(g.RedeemP99, redeems.quantile(0.99))
	return nil
}

// recordGrowth compares the largest size with a million.
func (b *bench) recordGrowth(on string, sizes []*grown) {
	million := slices.IndexFunc(sizes, func(g *grown) bool { return g.Links == 1_000_000 })
	if million < 0 {
		return
	}
	base, largest := sizes[million], sizes[len(sizes)-1]
	b.record("12a", on, shares(largest.Redeems, base.Redeems)...)
	b.record("12b", on, shares(largest.RedeemP99, base.RedeemP99)...)
}

func printGrowth(all []*grown) error {
	fmt.Println("What growth costs (returning addresses; medians of the rounds)")
	fmt.Println()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "database\tlinks\tbytes a link\tstart-up ms\tstarts/s\tp99 ms\tredeems/s\tp99 ms")
	for _, g := range all {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.0f\t%.0f\t%.1f\t%.0f\t%.1f\n", g.Database, g.Links, g.Bytes/int64(g.Links),
			median(g.StartUp), median(g.Starts), median(g.StartP99), median(g.Redeems), median(g.RedeemP99))
	}
	return table.Flush()
}
