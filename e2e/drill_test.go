package e2e

import (
	"fmt"
	"os"
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
