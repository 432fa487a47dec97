package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"gonum.org/v1/gonum/stat"
)

// goal is what a figure is to be. A letter behind the number tells figures of one goal
// apart.
type goal struct {
	number       string
	figure       string
	atLeast, aim float64
	unit         unit
	fewer        bool // the less the better
}

// unit is how a figure is written.
type unit string

const (
	percent  unit = "%.1f %%"
	each     unit = "%.0f"
	ratio    unit = "%.2f"
	perLogin unit = "%.3f"
	millis   unit = "%.1f ms"
	mebi     unit = "%.1f MiB"
	mega     unit = "%.1f MB"
)

// goals are in the order of the table.
func goals() []goal {
	return []goal{
		{"1", "starts, share of the gin ceiling, c=64", 12, 25, percent, false},
		{"2", "starts, new addresses / returning ones", 0.8, 0.95, ratio, false},
		{"3", "redeems/s, c=16", 2000, 4000, each, false},
		{"4", "whole logins/s, c=16", 1000, 1800, each, false},
		{"5", "draining 10 000 mails, share of go-mail's ceiling", 40, 70, percent, false},
		{"6", "SMTP connections for 10 000 mails", 120, 8, each, true},
		{"7a", "p99 of a start at half the maximum", 25, 10, millis, true},
		{"7b", "p99 of a redeem at half the maximum", 25, 10, millis, true},
		{"8", "start p99, relay of 200 ms a mail / fast one", 1.2, 1.05, ratio, true},
		{"9a", "memory, idle", 36, 25, mebi, true},
		{"9b", "memory under c=64", 72, 50, mebi, true},
		{"9c", "memory more with 100 000 queued mails", 32, 8, mebi, true},
		{"10a", "start-up on an existing database", 100, 50, millis, true},
		{"10b", "start-up with the first migration", 500, 250, millis, true},
		{"11", "stripped binary", 37, 25, mega, true},
		{"12a", "redeems/s at 5e6 rows / at 1e6", 0.65, 0.9, ratio, false},
		{"12b", "redeem p99 at 5e6 rows / at 1e6", 1.6, 1.2, ratio, true},
		{"13", "commits per sign-in, c=64", 0.5, 0.1, perLogin, true},
		{"14", "starts / the same with prepared SQL", 0.6, 0.8, ratio, false},
	}
}

// figure is what was measured of a goal.
type figure struct {
	Goal     string    `json:"goal"`
	Database string    `json:"database"` // "" where there is none, and then it counts for both
	Value    float64   `json:"value"`    // the rounds' median
	Rounds   []float64 `json:"rounds"`
}

// record keeps what the rounds came to for the table.
func (b *bench) record(goal, database string, rounds ...float64) {
	b.figures = append(b.figures, figure{goal, database, median(rounds), rounds})
}

// goalsFile holds the figures of the table.
const goalsFile = "goals"

// conclude prints the table. A figure that was not measured this time stands as it did
// last time.
func (b *bench) conclude() error {
	known, err := b.lastTime()
	if err != nil {
		return err
	}
	for _, new := range b.figures {
		known = slices.DeleteFunc(known, func(old figure) bool { return old.Goal == new.Goal && old.Database == new.Database })
		known = append(known, new)
	}
	if err := b.keep(goalsFile, known); err != nil {
		return err
	}
	return printGoals(known)
}

func (b *bench) lastTime() (known []figure, err error) {
	text, err := os.ReadFile(filepath.Join(b.results, goalsFile+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return known, json.Unmarshal(text, &known)
}

func printGoals(known []figure) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "#\tfigure\tat least\taim\tours on %s\tours on %s\tverdict\n", onSQLite, onPostgreSQL)
	for _, g := range goals() {
		sqlite, postgres := g.of(known, onSQLite), g.of(known, onPostgreSQL)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", g.number, g.figure,
			g.unit.write(g.atLeast), g.unit.write(g.aim), g.cell(sqlite), g.cell(postgres), g.verdict(sqlite, postgres))
	}
	return table.Flush()
}

func (u unit) write(value float64) string { return fmt.Sprintf(string(u), value) }

// of is nil where there is no such figure.
func (g goal) of(known []figure, database string) *figure {
	i := slices.IndexFunc(known, func(f figure) bool {
		return f.Goal == g.number && (f.Database == database || f.Database == "")
	})
	if i < 0 {
		return nil
	}
	return &known[i]
}

func (g goal) cell(f *figure) string {
	if f == nil {
		return "-"
	}
	return g.unit.write(f.Value)
}

// verdict is the worst that can be said of any of them.
func (g goal) verdict(all ...*figure) string {
	verdict := "not measured"
	for _, f := range all {
		switch {
		case f == nil:
		case !g.reaches(f.Value, g.atLeast):
			return "missed"
		case !g.reaches(f.Value, g.aim):
			verdict = "reached"
		case verdict == "not measured":
			verdict = "aim reached"
		}
	}
	return verdict
}

func (g goal) reaches(value, want float64) bool {
	if g.fewer {
		return value <= want
	}
	return value >= want
}

func median(values []float64) float64 {
	return stat.Quantile(0.5, stat.Empirical, slices.Sorted(slices.Values(values)), nil)
}
