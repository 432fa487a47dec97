//go:build unix

package store

import (
	"os"
	"syscall"
	"testing"
)

// The operating system refuses to let the WAL grow, so that COMMIT meets a real I/O
// error after every closure has succeeded.
func TestAnIOErrorAtCommitKeepsNothing(t *testing.T) {
	st, w := openWriter(t)
	restore := limitFileSize(t, walOf(t, w))
	told := commit(w, note("a"), note("b"))
	restore()
	wantTold(t, told, ErrUnavailable, ErrUnavailable)
	wantNotes(t, st)
}

func walOf(t *testing.T, w *groupCommitter) string {
	t.Helper()
	var path string
	if err := w.conn.QueryRowContext(t.Context(), "SELECT file || '-wal' FROM pragma_database_list").Scan(&path); err != nil {
		t.Fatal(err)
	}
	return path
}

// limitFileSize lets no file of this process grow beyond what the one has now.
func limitFileSize(t *testing.T, path string) (restore func()) {
	t.Helper()
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(file.Size()), Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
			t.Fatal(err)
		}
	}
}
