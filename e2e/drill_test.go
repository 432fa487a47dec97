package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// size is how much of something a drill does: what `make drill` sets in the environment,
// or else the short form.
func size(t *testing.T, variable string, short int) int {
	t.Helper()
	set := os.Getenv(variable)
	if set == "" {
		return short
	}
	n, err := strconv.Atoi(set)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number from 1", variable, set)
	}
	return n
}

// seedVariable repeats what chance decided in a drill: its report names the seed.
const seedVariable = "LATCHKEY_DRILL_SEED"

func drillSeed(t *testing.T) uint64 {
	t.Helper()
	set := os.Getenv(seedVariable)
	if set == "" {
		return rand.Uint64N(1_000_000)
	}
	seed, err := strconv.ParseUint(set, 10, 64)
	if err != nil {
		t.Fatalf("%s=%s: want a number", seedVariable, set)
	}
	return seed
}

// report is what a drill has to say at its end: a table of what was counted and what is
// required of it. docs/drills shows it as it was logged.
type report struct {
	title string
	rows  []string
}

// count is a line with nothing required of it.
func (r *report) count(what string, counted any) {
	r.rows = append(r.rows, fmt.Sprintf("%s\t%v\t", what, counted))
}

// require is a line that fails the drill unless it holds.
func (r *report) require(t *testing.T, what string, counted any, required string, holds bool) {
	t.Helper()
	r.rows = append(r.rows, fmt.Sprintf("%s\t%v\t%s", what, counted, required))
	if !holds {
		t.Errorf("%s: got %v, want %s", what, counted, required)
	}
}

// none is a line that must be zero.
func (r *report) none(t *testing.T, what string, counted int) {
	t.Helper()
	r.require(t, what, counted, "0", counted == 0)
}

// within is a line with the median and the longest of what must not take too long.
func (r *report) within(t *testing.T, what string, took []time.Duration, limit time.Duration) {
	t.Helper()
	if len(took) == 0 {
		r.count(what, "none")
		return
	}
	slices.Sort(took)
	median, longest := took[len(took)/2], took[len(took)-1]
	counted := rounded(longest).String()
	if len(took) > 1 {
		counted = fmt.Sprintf("%v / %v", rounded(median), counted)
	}
	r.require(t, what, counted, fmt.Sprintf("≤ %v", limit), longest <= limit)
}

func rounded(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

func (r *report) log(t *testing.T) {
	t.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "%s\n\tcounted\trequired\n", r.title)
	for _, row := range r.rows {
		fmt.Fprintln(table, row)
	}
	table.Flush()
	t.Log("\n" + text.String())
}

// progressPause is how often a long drill says how far it is.
const progressPause = 5 * time.Second

// progress tells on stderr how far a drill is, which go test -v would keep until its end.
type progress struct {
	name  string
	total int
	told  time.Time
}

func (p *progress) done(n int) {
	if p.told.IsZero() {
		p.told = time.Now() // a short form ends before it has anything to say
	}
	if time.Since(p.told) >= progressPause {
		p.told = time.Now()
		fmt.Fprintf(os.Stderr, "%s: %d of %d\n", p.name, n, p.total)
	}
}
