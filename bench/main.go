// Command bench measures the built program from outside, over HTTP on loopback, each
// time with settings, a database and an SMTP sink of its own. It prints one table for
// each subject and writes the same figures to bench/results. A subject is a file here
// and a line in subjects; what asks and what is asked (client, service, sink) is theirs
// in common.
//
// It asserts nothing: a machine that does other work as well would make a test of it
// that fails by chance.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

// bench is one run, as the command line says.
type bench struct {
	program  string
	results  string
	requests int
}

// subject is what a table is about. Its figures are for a file of its name.
type subject struct {
	name    string
	measure func(context.Context, *bench) (figures any, err error)
}

func subjects() []subject {
	return []subject{{"timing", measureTiming}}
}

func main() {
	b := new(bench)
	flag.StringVar(&b.program, "program", "bin/latchkey", "the built program")
	flag.StringVar(&b.results, "results", "bench/results", "the `folder` for the figures")
	flag.IntVar(&b.requests, "requests", 2000, "how many of each kind are compared")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) error {
	if b.requests < 1 {
		return errors.New("-requests: want 1 or more")
	}
	for _, s := range subjects() {
		figures, err := s.measure(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := b.keep(s.name, figures); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) keep(name string, figures any) error {
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.results, name+".json"), append(text, '\n'), 0o644)
}
