// Command bench measures the built program from outside, over HTTP on loopback, each
// time with settings, a database and an SMTP sink of its own. It prints a table, and
// writes the figures to bench/results. A subject is a file here and a line in subjects;
// what asks (client, calls, load) and what is asked (service, sink, database) is theirs
// in common.
//
// A figure by itself says more of the machine than of the program. So what can be is
// measured in turn with a ceiling, which is what the same machine does with nothing but
// the part that cannot be saved, and given as a share of it: the median of the rounds'
// shares.
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
	"slices"
	"strings"
	"time"
)

// bench is one run, as the command line says.
type bench struct {
	program  string
	results  string
	only     string
	target   foreign
	requests int
	rounds   int
	mails    int
	lasting  time.Duration
	links    sizes
	queued   int

	databases []maker
	figures   []figure // so far
}

// subject is what is measured together. Its details are for a file of its name.
type subject struct {
	name    string
	measure func(context.Context, *bench) (details any, err error)
}

func subjects() []subject {
	return []subject{
		{"timing", measureTiming},
		{"commits", measureCommits},
		{"starts", measureStarts},
		{"redeems", measureRedeems},
		{"logins", measureLogins},
		{"drain", measureDrain},
		{"latency", measureLatency},
		{"relay", measureRelay},
		{"prepared", measurePrepared},
		{"pgbench", measurePgbench},
		{"size", measureSize},
		{"startup", measureStartUp},
		{"memory", measureMemory},
		{"growth", measureGrowth},
		{"queue", measureQueue},
		{"janitor", measureJanitor},
	}
}

func main() {
	b := &bench{links: sizes{10_000, 1_000_000, 5_000_000}}
	flag.StringVar(&b.program, "program", "bin/latchkey", "the built program")
	flag.StringVar(&b.results, "results", "bench/results", "the `folder` for the figures")
	flag.StringVar(&b.only, "only", "", "the `subjects` to measure, with commas between: "+subjectNames()+"; or goals, which is all of the table. Default: all")
	flag.IntVar(&b.requests, "requests", 2000, "how many of each kind timing compares")
	flag.IntVar(&b.rounds, "rounds", 5, "how often each figure is measured in turn with its ceiling")
	flag.IntVar(&b.mails, "mails", 10000, "how many are queued and drained")
	flag.StringVar(&b.target.url, "target", "", "the `URL` of another service's API, as in http://127.0.0.1:8080/v1: only its starts are measured")
	flag.StringVar(&b.target.project, "project", projectID, "with -target: who asks there")
	flag.StringVar(&b.target.secret, "secret", projectSecret, "with -target: the project's secret")
	flag.DurationVar(&b.lasting, "lasting", 5*time.Second, "how long each rate is measured")
	flag.Var(&b.links, "links", "how many `links`, with all that belongs to them, there are where growth is measured")
	flag.IntVar(&b.queued, "queued", 1_000_000, "how many mails wait where the queue is measured; a tenth of them where memory is")
	flag.Parse()
	if flag.Arg(0) == ceilingCommand {
		exitWith(beCeiling(flag.Args()[1:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitWith(b.run(ctx))
}

func exitWith(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func subjectNames() string {
	var names []string
	for _, s := range subjects() {
		names = append(names, s.name)
	}
	return strings.Join(names, ",")
}

func (b *bench) run(ctx context.Context) error {
	if b.requests < 1 || b.rounds < 1 || b.mails < 1 || b.lasting <= 0 {
		return errors.New("-requests, -rounds, -mails and -lasting: want more than 0")
	}
	if b.target.url != "" {
		return b.target.measure(ctx, b)
	}
	chosen, err := b.chosen()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.results, 0o755); err != nil {
		return err
	}
	b.databases = makers()
	for _, s := range chosen {
		details, err := s.measure(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := b.keep(s.name, details); err != nil {
			return err
		}
	}
	return b.conclude()
}

// chosen are the subjects that -only names.
func (b *bench) chosen() (chosen []subject, err error) {
	switch b.only {
	case "":
		return subjects(), nil
	case "goals":
		others := []string{"timing", "commits", "pgbench"}
		return slices.DeleteFunc(subjects(), func(s subject) bool { return slices.Contains(others, s.name) }), nil
	}
	for name := range strings.SplitSeq(b.only, ",") {
		i := slices.IndexFunc(subjects(), func(s subject) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only: there is no %q, only %s", name, subjectNames())
		}
		chosen = append(chosen, subjects()[i])
	}
	return chosen, nil
}

func (b *bench) keep(name string, figures any) error {
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.results, name+".json"), append(text, '\n'), 0o644)
}

// newService starts one on a database of its own, with a sink that read listens at.
func (b *bench) newService(ctx context.Context, on maker, read func(recipient, token []byte)) (*service, error) {
	to, err := startSink(read)
	if err != nil {
		return nil, err
	}
	return startService(ctx, b.program, on, to)
}
