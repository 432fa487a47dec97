package storetest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"latchkey/store"
)

func TestSQLiteFilesAreTheOwnersOnly(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "data")
	st := Open(t, "sqlite:"+filepath.Join(folder, "latchkey.db"), newClock().Now)
	started(t, st, "ada@example.com")
	for name, want := range map[string]fs.FileMode{
		"": 0o700, "latchkey.db": 0o600, "latchkey.db-wal": 0o600, "latchkey.db-shm": 0o600,
	} {
		info, err := os.Stat(filepath.Join(folder, name))
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q: got mode %o, want %o", name, got, want)
		}
	}
	must(t, st.Close())
	wantFiles(t, folder, "latchkey.db") // all of it is in the one file again
}

func TestAnOpenSQLiteFileIsTightened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	must(t, os.WriteFile(path, nil, 0o644))
	Open(t, "sqlite:"+path, newClock().Now)
	info, err := os.Stat(path)
	must(t, err)
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("got mode %o, want 600", got)
	}
}

// Names that mean something in a URI, to the driver or to SQLite are names like any
// other.
func TestASQLitePathIsTakenLiterally(t *testing.T) {
	for _, name := range []string{
		"a b.db", "what?.db", "a?mode=memory", "hash#.db", "100%.db", "%41.db", "a&b=c;d+e.db",
		":memory:", "file:a.db", "ümlaut.db", `back\slash'quote".db`,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			wantKeptIn(t, filepath.Join(folder, name))
			wantFiles(t, folder, name)
		})
	}
}

func TestARelativeSQLitePath(t *testing.T) {
	for _, path := range []string{":memory:", "latchkey.db", "data/latchkey.db", "./a/../latchkey.db"} {
		t.Run(path, func(t *testing.T) {
			folder := t.TempDir()
			t.Chdir(folder)
			wantKeptIn(t, path)
			_, err := os.Stat(filepath.Join(folder, path))
			must(t, err)
		})
	}
}

// A store opens connections as it needs them, wherever the program is by then.
func TestARelativeSQLitePathOutlivesAChangeOfFolder(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	st := Open(t, "sqlite:latchkey.db", newClock().Now)
	must(t, os.Chdir(t.TempDir()))
	started(t, st, "ada@example.com")
	known(t, st, "ada@example.com")
}

func wantKeptIn(t *testing.T, path string) {
	t.Helper()
	st := Open(t, "sqlite:"+path, newClock().Now)
	started(t, st, "ada@example.com")
	known(t, st, "ada@example.com") // readers and the writer mean the same file
	must(t, st.Close())
	again, err := store.Open(context.Background(), store.Config{URL: "sqlite:" + path, SkipMigrations: true}, newClock().Now)
	must(t, err)
	known(t, again, "ada@example.com")
	must(t, again.Close())
}

func wantFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("files: got %q, want %q", got, want)
	}
}
