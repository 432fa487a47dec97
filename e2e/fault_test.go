package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// lasting is how long something lasts in a drill: what `make drill` sets in the
// environment, as in "10m", or else the short form.
func lasting(t *testing.T, variable string, short time.Duration) time.Duration {
	t.Helper()
	set := os.Getenv(variable)
	if set == "" {
		return short
	}
	length, err := time.ParseDuration(set)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return length
}

// holdPause is how often a long fault says that it lasts.
const holdPause = 5 * time.Second

// hold lets a fault last. It tells on stderr how far it is, which go test -v would keep
// until the end.
func hold(t *testing.T, fault string, length time.Duration) {
	t.Helper()
	over := time.NewTimer(length)
	defer over.Stop()
	ticks := time.NewTicker(holdPause)
	defer ticks.Stop()
	for began := time.Now(); ; {
		select {
		case <-over.C:
			return
		case <-t.Context().Done():
			t.Fatal("the test was ended meanwhile")
		case <-ticks.C:
			fmt.Fprintf(os.Stderr, "%s: %s for %s of %s\n", t.Name(), fault, time.Since(began).Round(time.Second), length)
		}
	}
}

// aim is a line with how long something took and how long it may. No test fails by it: a
// machine may be busy with others' work.
func (r *report) aim(what string, took time.Duration, most string) {
	r.rows = append(r.rows, fmt.Sprintf("%s\t%v\t≤ %s", what, rounded(took), most))
}
