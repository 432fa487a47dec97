package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// backlog is what a service does while so many mails wait.
type backlog struct {
	Database string `json:"database"`
	State    string `json:"state"`
	Mails    int    `json:"mails"`
	// Processor is what the idle service takes of one core, in percent.
	Processor float64 `json:"processor_percent"`
	Resident  float64 `json:"resident_mib"`
	Starts    float64 `json:"starts_per_second"`
	P99       float64 `json:"start_p99_ms"`
	Drained   float64 `json:"drained_per_second"` // 0 where nothing is due
}

// waiting is how mails wait.
type waiting struct {
	state string
	mails int
	due   time.Duration // from now
}

// measureQueue looks at a long queue: what it costs to have one, whether its mails are
// due and their relay is away, or they are put off; what it does to starts; and how fast
// it is drained once the relay is back.
func measureQueue(ctx context.Context, b *bench) (any, error) {
	var all []*backlog
	for _, on := range b.databases {
		for _, w := range []waiting{
			{"none", 0, 0}, {"due, no relay", b.queued, -time.Minute}, {"put off", b.queued, 20 * time.Minute},
		} {
			line, err := b.backlog(ctx, on, w)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", on.kind, w.state, err)
			}
			all = append(all, line)
		}
	}
	return all, printQueue(all)
}

func (b *bench) backlog(ctx context.Context, on maker, waits waiting) (line *backlog, err error) {
	w, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	now := time.Now()
	queued := rows{persons: waits.mails / 2, links: waits.mails, from: now.Add(-time.Hour), until: now, due: now.Add(waits.due)}
	what := "queue, " + on.kind + ", " + waits.state
	if err := errors.Join(w.terminate(), w.seed(ctx, what, queued), w.sink.leave()); err != nil {
		return nil, err
	}
	if err := w.launch(ctx); err != nil {
		return nil, err
	}
	line = &backlog{Database: on.kind, State: waits.state, Mails: waits.mails}
	return line, line.measure(ctx, b, w, waits)
}

func (l *backlog) measure(ctx context.Context, b *bench, w *world, waits waiting) error {
	time.Sleep(b.lasting)
	before, err := w.usage()
	if err != nil {
		return err
	}
	time.Sleep(b.lasting)
	after, err := w.usage()
	if err != nil {
		return err
	}
	l.Processor = 100 * (after.cpu - before.cpu).Seconds() / b.lasting.Seconds()
	starts, err := w.newcomers(startConnections).lasts(ctx, b.lasting)
	if err != nil {
		return err
	}
	l.Starts, l.P99 = starts.rate(), starts.quantile(0.99)
	if after, err = w.usage(); err != nil {
		return err
	}
	l.Resident = mebibytes(after.resident)
	if waits.mails == 0 || waits.due > 0 {
		return nil
	}
	l.Drained, err = w.drained(ctx, b.lasting, int64(waits.mails))
	return err
}

// drained is how many mails a second go out from the moment that the first does.
func (w *world) drained(ctx context.Context, lasting time.Duration, most int64) (perSecond float64, err error) {
	w.sink.back()
	if err := w.sink.wait(ctx, 1); err != nil {
		return 0, err
	}
	first, began := w.sink.mails.Load(), time.Now()
	until, cancel := context.WithTimeout(ctx, lasting)
	defer cancel()
	if err := w.sink.wait(until, most); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return 0, err
	}
	return float64(w.sink.mails.Load()-first) / time.Since(began).Seconds(), ctx.Err()
}

func printQueue(all []*backlog) error {
	fmt.Println("What a long queue costs")
	fmt.Println()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "database\tmails waiting\thow\tidle, % of a core\tstarts/s\tp99 ms\tresident MiB\tdrained mails/s")
	for _, l := range all {
		fmt.Fprintf(table, "%s\t%d\t%s\t%.1f\t%.0f\t%.1f\t%.1f\t%.0f\n",
			l.Database, l.Mails, l.State, l.Processor, l.Starts, l.P99, l.Resident, l.Drained)
	}
	return table.Flush()
}
