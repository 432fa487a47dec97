package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"text/tabwriter"
	"time"
)

// byHand is what PostgreSQL's own load generator gets out of the server with the statements
// of a start, or of a start and its redemption, and what the service does of the whole of it.
type byHand struct {
	What    string    `json:"what"`
	Pgbench []float64 `json:"pgbench_per_second"`
	Ours    []float64 `json:"ours_per_second"`
	load    load
}

// pgbenchClients are as many as the service has connections on two cores.
const pgbenchClients = 8

//go:embed pgbench/*.sql
var scripts embed.FS

// measurePgbench holds the service against the ceiling of its store on PostgreSQL: the same
// tables, statements and messages, and neither HTTP nor mail nor anything else.
func measurePgbench(ctx context.Context, b *bench) (details any, err error) {
	if len(b.databases) < 2 {
		return []*byHand{}, nil // it was said that there is no PostgreSQL
	}
	on, at := b.databases[1], new(mailboxes)
	w, err := b.newWorld(ctx, on, func(recipient, token []byte) { at.read(recipient, token) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	tables, err := b.newService(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tables.stop()) }()
	if err := tables.terminate(); err != nil {
		return nil, err
	}
	all := []*byHand{
		{What: "start", load: w.newcomers(startConnections)},
		{What: "login", load: w.logins(redeemConnections, at)},
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
	return all, printByHand(all)
}

// round measures both once.
func (h *byHand) round(ctx context.Context, b *bench, tables *service, w *world) error {
	rate, err := tables.pgbench(ctx, h.What, b.lasting)
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

// pgbench runs a script over and over in the service's tables, and says how often a second.
func (s *service) pgbench(ctx context.Context, script string, lasting time.Duration) (perSecond float64, err error) {
	text, err := scripts.ReadFile("pgbench/" + script + ".sql")
	if err != nil {
		return 0, err
	}
	file := s.file(script + ".sql")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return 0, err
	}
	server, schema, err := schemaOf(s.database.url)
	if err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, "pgbench", "--no-vacuum", "--protocol=prepared", "--jobs=2",
		fmt.Sprintf("--client=%d", pgbenchClients), fmt.Sprintf("--time=%d", max(1, int(lasting.Seconds()))),
		fmt.Sprintf("--define=n=%d", time.Now().UnixMicro()), "--file="+file, server)
	command.Env = append(os.Environ(), "PGOPTIONS=-c search_path="+schema)
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

// schemaOf tells the server from the schema, which libpq does not take from a URL.
func schemaOf(database string) (server, schema string, err error) {
	parsed, err := url.Parse(database)
	if err != nil {
		return "", "", err
	}
	query := parsed.Query()
	schema = query.Get("search_path")
	query.Del("search_path")
	parsed.RawQuery = query.Encode()
	return parsed.String(), schema, nil
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
