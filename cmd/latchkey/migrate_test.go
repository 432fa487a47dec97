package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMigrateMakesTheDatabase(t *testing.T) {
	path := exampleWith(t, "migrate: true", "migrate: false")
	database := filepath.Join(filepath.Dir(path), "data", "latchkey.db")
	for range 2 {
		if status, stdout, stderr := execute(t, "migrate", "--config", path); status != exitOK || stdout == "" {
			t.Fatalf("got %d, %q and %q, want 0 and a word", status, stdout, stderr)
		}
		if _, err := os.Stat(database); err != nil {
			t.Fatal(err)
		}
	}
}
