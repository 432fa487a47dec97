package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestADatabaseThatCannotBeOpenedIsExplained(t *testing.T) {
	for fault, want := range map[syscall.Errno]string{
		syscall.ENOENT: "there is no database at data/latchkey.db: start latchkey serve once, run latchkey migrate, or correct database.url",
		syscall.EACCES: "cannot look at data/latchkey.db: permission denied: run this as the user that latchkey serve runs as",
	} {
		if got := explained("data/latchkey.db", &fs.PathError{Op: "stat", Path: "data/latchkey.db", Err: fault}); got.Error() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAServerThatIsNotThereIsNoMissingFile(t *testing.T) {
	if got := explained("", syscall.ENOENT); got != syscall.ENOENT {
		t.Errorf("got %q, want %q", got, syscall.ENOENT)
	}
}

func TestAFileThatIsNoDatabaseIsNamed(t *testing.T) {
	path := exampleWith(t, "", "")
	file := filepath.Join(filepath.Dir(path), "data", "latchkey.db")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"migrate", "mail queue list"} {
		status, _, stderr := execute(t, append(strings.Fields(command), "--config", path)...)
		if want := "file is not a database: " + file + "\n"; status != exitFailure || !strings.HasSuffix(stderr, want) {
			t.Errorf("%s: got %d and %q, want 1 and %q", command, status, stderr, want)
		}
	}
}
