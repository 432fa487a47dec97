package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"latchkey/store"
)

// cleaning is what the janitor does in the midst of starts, and they without it.
type cleaning struct {
	Database string  `json:"database"`
	Deleted  int     `json:"rows_deleted"`
	Rate     float64 `json:"rows_deleted_per_second"`
	// Dying is how many rows a second die, a week later, of starts at this rate: the link,
	// its mail and, once that was sent, its event.
	Dying   float64 `json:"rows_dying_per_second"`
	Starts  float64 `json:"starts_per_second"`
	P99     float64 `json:"start_p99_ms"`
	Without float64 `json:"starts_per_second_without"`
	P99Less float64 `json:"start_p99_ms_without"`
}

// rowsOfStart are the link, the mail and the event of its delivery.
const rowsOfStart = 3

// measureJanitor lets the service come up after rows have died, and asks for links as
// fast as it can while the janitor works, and again when it is done.
func measureJanitor(ctx context.Context, b *bench) (any, error) {
	var all []*cleaning
	for _, on := range b.databases {
		line, err := b.cleaning(ctx, on)
		if err != nil {
			return nil, err
		}
		all = append(all, line)
	}
	return all, printJanitor(all)
}

func (b *bench) cleaning(ctx context.Context, on maker) (line *cleaning, err error) {
	w, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	if err := w.terminate(); err != nil {
		return nil, err
	}
	if err := w.seed(ctx, "janitor, "+on.kind, dead(b.queued/4)); err != nil {
		return nil, err
	}
	if err := w.launch(ctx); err != nil {
		return nil, err
	}
	line = &cleaning{Database: on.kind}
	return line, line.measure(ctx, b, w)
}

// dead are rows whose time was over just before.
func dead(links int) rows {
	over := time.Now().Add(-store.KeptFor - time.Hour)
	return rows{persons: links / 2, links: links, from: over.Add(-24 * time.Hour), until: over}
}

func (l *cleaning) measure(ctx context.Context, b *bench, w *world) error {
	began, finished := time.Now(), make(chan struct{})
	var cleaned error
	go func() {
		defer close(finished)
		l.Deleted, cleaned = w.cleaned(ctx)
	}()
	starts := w.newcomers(startConnections)
	during, err := starts.until(ctx, finished)
	if err = errors.Join(err, cleaned); err != nil {
		return err
	}
	l.Rate, l.Starts, l.P99 = float64(l.Deleted)/time.Since(began).Seconds(), during.rate(), during.quantile(0.99)
	l.Dying = rowsOfStart * l.Starts
	if err := w.delivered(ctx); err != nil {
		return err
	}
	without, err := starts.lasts(ctx, b.lasting)
	if err != nil {
		return err
	}
	l.Without, l.P99Less = without.rate(), without.quantile(0.99)
	return nil
}

// cleaned waits until the janitor says how many rows it has deleted.
func (s *service) cleaned(ctx context.Context) (deleted int, err error) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-look.C:
		}
		log, err := os.ReadFile(s.file("log"))
		if err != nil {
			return 0, err
		}
		if deleted := deletedBy(log); deleted > 0 {
			return deleted, nil
		}
	}
}

func deletedBy(log []byte) (deleted int) {
	for line := range bytes.Lines(log) {
		var said struct {
			Message string `json:"msg"`
			Deleted int
		}
		if json.Unmarshal(line, &said) == nil && said.Message == "janitor" {
			deleted = said.Deleted
		}
	}
	return deleted
}

func printJanitor(all []*cleaning) error {
	fmt.Println("What the janitor does among starts at c=64, and they without it")
	fmt.Println()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "database\trows deleted\ta second\tdying a second\tstarts/s\tp99 ms\twithout it\tp99 ms")
	for _, l := range all {
		fmt.Fprintf(table, "%s\t%d\t%.0f\t%.0f\t%.0f\t%.1f\t%.0f\t%.1f\n",
			l.Database, l.Deleted, l.Rate, l.Dying, l.Starts, l.P99, l.Without, l.P99Less)
	}
	return table.Flush()
}
