package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func inspect(url string) (store.Inspection, error) {
	return store.Inspect(context.Background(), store.Config{URL: url})
}

// fingerprint is every name and byte of a folder.
func fingerprint(t *testing.T, folder string) string {
	t.Helper()
	sum := sha256.New()
	must(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		sum.Write([]byte(path))
		sum.Write(content)
		return err
	}))
	return string(sum.Sum(nil))
}

func TestInspectingLearnsTheSchemaAndTheKeys(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		st := Open(t, url, newClock().Now)
		must(t, write(st, func(tx *store.Tx) error {
			return tx.InsertMasterKey(models.MasterKey{KeyID: 1, Fingerprint: []byte("first")})
		}))
		version, err := st.Read(t.Context()).SchemaVersion()
		must(t, err)
		must(t, st.Close())
		seen, err := inspect(url)
		must(t, err)
		if seen.Schema != version || seen.Newest != version || len(seen.MasterKeys) != 1 {
			t.Errorf("got schema %d of %d and %d keys, want %d of %d and 1", seen.Schema, seen.Newest, len(seen.MasterKeys), version, version)
		}
		if onServer := !strings.HasPrefix(url, "sqlite:"); onServer != (time.Since(seen.Clock).Abs() < time.Minute) {
			t.Errorf("got the clock %v of %s", seen.Clock, url)
		}
	})
}

func TestInspectingAnEmptyDatabaseLeavesItEmpty(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		if file := (store.Config{URL: url}).SQLiteFile(); file != "" {
			must(t, os.WriteFile(file, nil, 0o600))
		}
		for range 2 {
			if seen, err := inspect(url); err != nil || seen.Schema != 0 || seen.Newest == 0 {
				t.Errorf("got %+v and %v, want schema 0", seen, err)
			}
		}
		if err := openSkipping(url); err == nil {
			t.Error("the schema was made")
		}
	})
}

// Be the database open, left behind by a killed process, or closed: the newest rows
// are seen, and the folder stays as it is.
func TestInspectingLeavesTheFolderAlone(t *testing.T) {
	open, killed := t.TempDir(), t.TempDir()
	st := Open(t, sqliteIn(open), newClock().Now)
	must(t, write(st, func(tx *store.Tx) error {
		return tx.InsertMasterKey(models.MasterKey{KeyID: 1, Fingerprint: []byte("first")})
	}))
	must(t, os.CopyFS(killed, os.DirFS(open)))
	// One process has one mapping of -shm, so that here it is the writer's.
	if seen, err := inspect(sqliteIn(open)); err != nil || len(seen.MasterKeys) != 1 {
		t.Errorf("open: got %d keys and %v, want 1", len(seen.MasterKeys), err)
	}
	must(t, st.Close())
	for state, folder := range map[string]string{"killed": killed, "closed": open} {
		before := fingerprint(t, folder)
		if seen, err := inspect(sqliteIn(folder)); err != nil || len(seen.MasterKeys) != 1 {
			t.Errorf("%s: got %d keys and %v, want 1", state, len(seen.MasterKeys), err)
		}
		if fingerprint(t, folder) != before {
			t.Errorf("%s: the folder has changed", state)
		}
	}
}

func TestInspectingRefusesWhatOnlyAWriterCanRead(t *testing.T) {
	open, copied := t.TempDir(), t.TempDir()
	st := Open(t, sqliteIn(open), newClock().Now)
	must(t, os.CopyFS(copied, os.DirFS(open)))
	must(t, os.Remove(filepath.Join(copied, "latchkey.db-shm")))
	must(t, st.Close())
	before := fingerprint(t, copied)
	if _, err := inspect(sqliteIn(copied)); err == nil || !strings.Contains(err.Error(), "latchkey migrate") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
	if fingerprint(t, copied) != before {
		t.Error("the folder has changed")
	}
}

func sqliteIn(folder string) string { return "sqlite:" + filepath.Join(folder, "latchkey.db") }

func TestInspectingTellsWhatIsNoDatabase(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "latchkey.db")
	if _, err := inspect("sqlite:" + file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no file", err)
	}
	must(t, os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600))
	if _, err := inspect("sqlite:" + file); err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("got %v, want that it is not a database", err)
	}
}
