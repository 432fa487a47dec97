package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSpansAreInTheirLargestUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 59 * time.Second: "59s", 90 * time.Second: "1m", 47 * time.Hour: "47h", 49 * time.Hour: "2d",
	} {
		if got := span(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

// A database is made by serve and migrate only: an operator's typing error must not
// leave an empty one behind, in which all is well.
func TestMailCommandsMakeNoDatabase(t *testing.T) {
	path := exampleWith(t, "", "")
	for range 2 {
		if status, _, stderr := execute(t, "mail", "queue", "list", "--config", path); status != exitFailure || stderr == "" {
			t.Errorf("got %d and %q, want 1 and a complaint", status, stderr)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "data")); !os.IsNotExist(err) {
			t.Errorf("got %v, want nothing to be made", err)
		}
	}
}
