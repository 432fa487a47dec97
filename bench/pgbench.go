package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// byHand is what PostgreSQL's own load generator gets out of the server with the statements
// of a start, or of a start and its redemption, and what the service does of the whole of it.
type byHand struct {
	What    string    `json:"what"`
	Pgbench []float64 `json:"pgbench_per_second"`
	Ours    []float64 `json:"ours_per_second"`
	script  string
	load    load
}

// pgbenchClients are as many as the service has connections on two cores.
const pgbenchClients = 8

//go:embed pgbench/start.sql
var startScript string

//go:embed pgbench/redeem.sql
var redeemScript string

// measurePgbench holds the service against the ceiling of its store on PostgreSQL: the same
// tables and messages and all but the same statements, and neither HTTP nor mail.
func measurePgbench(ctx context.Context, b *bench) (any, error) {
	all := []*byHand{}
	for _, on := range b.databases {
		if on.kind != onPostgreSQL {
			continue
		}
		measured, err := b.byHand(ctx, on)
		if err != nil {
			return nil, err
		}
		all = append(all, measured...)
	}
	return all, printByHand(all)
}

func (b *bench) byHand(ctx context.Context, on maker) (all []*byHand, err error) {
	at := new(mailboxes)
	w, err := b.newWorld(ctx, on, func(recipient, token []byte) { at.read(recipient, token) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	tables, err := b.newService(ctx, on, nil) // and it is only to make them
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tables.stop()) }()
	if err := tables.terminate(); err != nil {
		return nil, err
	}
	all = []*byHand{
		{What: "start", script: startScript, load: w.newcomers(startConnections)},
		{What: "login", script: startScript + redeemScript, load: w.logins(redeemConnections, at)},
	}
	p := newProgress("pgbench", b.rounds)
	for i := range b.rounds {
		p.round(i)
		for _, h := range all {
			if err := h.round(ctx, b, tables, w); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// round measures both once.
func (h *byHand) round(ctx context.Context, b *bench, tables *service, w *world) error {
	rate, err := tables.database.pgbench(ctx, h.script, b.lasting)
	if err != nil {
		return err
	}
	ours, err := w.during(ctx, b.lasting, h.load)
	if err != nil {
		return err
	}
	h.Pgbench, h.Ours = append(h.Pgbench, rate), append(h.Ours, ours.rate())
	return nil
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench runs a script over and over, and says how often a second.
func (d database) pgbench(ctx context.Context, script string, lasting time.Duration) (perSecond float64, err error) {
	command := exec.CommandContext(ctx, "pgbench", "--no-vacuum", "--protocol=prepared", "--jobs=2", "--file=-",
		fmt.Sprintf("--client=%d", pgbenchClients), fmt.Sprintf("--time=%d", max(1, int(lasting.Seconds()))),
		fmt.Sprintf("--define=n=%d", time.Now().UnixMicro()), d.url)
	command.Stdin = strings.NewReader(script)
	output, err := command.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench, which comes with PostgreSQL: %w\n%s", err, output)
	}
	said := tps.FindSubmatch(output)
	if said == nil {
		return 0, fmt.Errorf("pgbench says no rate:\n%s", output)
	}
	return strconv.ParseFloat(string(said[1]), 64)
}

func printByHand(all []*byHand) error {
	fmt.Println("What PostgreSQL does with the same statements and nothing else")
	fmt.Println()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tpgbench/s\tours/s\tshare")
	for _, h := range all {
		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.0f %%\n", h.What, median(h.Pgbench), median(h.Ours), 100*median(shares(h.Ours, h.Pgbench)))
	}
	return table.Flush()
}
