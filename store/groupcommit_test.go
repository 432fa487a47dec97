package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"latchkey/models"
)

// The tests hand the writer whole batches, made by hand, so that what meets in one
// transaction is no matter of chance. What a closure wrote is told by its notes.

var errRefused = errors.New("refused")

// openWriter opens a store on a new file and gives access to its writer, which is
// idle as long as nobody calls Write.
func openWriter(t *testing.T) (*Store, *groupCommitter) {
	t.Helper()
	st, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "latchkey.db")}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st, st.writer.(*groupCommitter)
}

// note is a closure that writes an event with the text.
func note(text string) func(*Tx) error {
	return func(tx *Tx) error { return tx.InsertEvent(noteRow(text)) }
}

func noteRow(text string) models.Event {
	return models.Event{ID: models.NewID(time.Now()), ProjectID: "project-test-1", AddressHash: []byte{}, Detail: text}
}

// commit runs the closures as one batch and returns what each was told.
func commit(w *groupCommitter, closures ...func(*Tx) error) []error {
	var batch []*job
	for _, fn := range closures {
		batch = append(batch, newJob(context.Background(), fn))
	}
	return commitJobs(w, batch...)
}

func newJob(ctx context.Context, fn func(*Tx) error) *job {
	return &job{ctx: ctx, fn: fn, done: make(chan struct{})}
}

func commitJobs(w *groupCommitter, batch ...*job) (told []error) {
	w.commit(batch)
	for _, j := range batch {
		<-j.done
		told = append(told, failure(j.result))
	}
	return told
}

// wantTold compares what the closures were told with the sentinels, nil for yes.
func wantTold(t *testing.T, got []error, want ...error) {
	t.Helper()
	for i := range want {
		if !errors.Is(got[i], want[i]) {
			t.Errorf("closure %d was told %v, want %v", i, got[i], want[i])
		}
	}
}

// wantNotes asserts that exactly these notes are kept, and that the writer works.
func wantNotes(t *testing.T, st *Store, want ...string) {
	t.Helper()
	if err := st.Write(t.Context(), note("afterwards")); err != nil {
		t.Errorf("the writer did not recover: %v", err)
	}
	var got []string
	if err := st.reading.Model(&models.Event{}).Pluck("detail", &got).Error; err != nil {
		t.Fatal(err)
	}
	want = append(want, "afterwards")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
}

func TestABatchIsOneCommit(t *testing.T) {
	st, w := openWriter(t)
	commits := 0
	onCommit(t, w, func() int { commits++; return 0 })
	wantTold(t, commit(w, note("a"), note("b"), note("c")), nil, nil, nil)
	if commits != 1 {
		t.Errorf("three closures took %d commits, want 1", commits)
	}
	wantNotes(t, st, "a", "b", "c")
}

func TestARefusalLeavesItsNeighbours(t *testing.T) {
	st, w := openWriter(t)
	taken := noteRow("taken")
	told := commit(w,
		note("a"),
		func(tx *Tx) error { return tx.InsertEvent(taken) },
		func(tx *Tx) error { return errors.Join(tx.InsertEvent(noteRow("refused")), errRefused) },
		func(tx *Tx) error { return errors.Join(tx.InsertEvent(noteRow("twice")), tx.InsertEvent(taken)) },
		func(tx *Tx) error { _ = tx.InsertEvent(noteRow("panicked")); panic("planted") },
		note("z"),
	)
	wantTold(t, told, nil, nil, errRefused, ErrConflict)
	if err := told[4]; err == nil || !strings.Contains(err.Error(), "planted") {
		t.Errorf("the panic was told %v", err)
	}
	wantTold(t, told[5:], nil)
	wantNotes(t, st, "a", "taken", "z")
}

func TestAFullDiskLeavesTheNeighbours(t *testing.T) {
	st, w := openWriter(t)
	leaveRoomFor(t, w, 20)
	told := commit(w, note("a"), note(big), note("z"))
	wantTold(t, told, nil, ErrUnavailable, nil)
	wantNotes(t, st, "a", "z")
}

// Whoever asks is told of writes that cannot be kept, until one is.
func TestPingKnowsOfAFullDisk(t *testing.T) {
	st, w := openWriter(t)
	leaveRoomFor(t, w, 20)
	if err := st.Write(t.Context(), note(big)); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("got %v, want %v", err, ErrUnavailable)
	}
	if err := st.Ping(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after a write that was not kept: got %v, want %v", err, ErrUnavailable)
	}
	if err := st.Write(t.Context(), note("small")); err != nil {
		t.Fatal(err)
	}
	if err := st.Ping(t.Context()); err != nil {
		t.Errorf("after a write that was kept: got %v", err)
	}
}

// After a full disk every statement would be a transaction of its own.
func TestAFullDiskThatAClosureOverlooks(t *testing.T) {
	st, w := openWriter(t)
	leaveRoomFor(t, w, 20)
	told := commit(w,
		note("a"),
		func(tx *Tx) error { _ = tx.InsertEvent(noteRow(big)); return tx.InsertEvent(noteRow("overlooked")) },
		func(tx *Tx) error { _ = tx.InsertEvent(noteRow(big)); return nil },
		note("z"),
	)
	wantTold(t, told, nil, ErrUnavailable, ErrUnavailable, nil)
	wantNotes(t, st, "a", "z")
}

// big is a note that a nearly full disk has no room for.
var big = strings.Repeat("x", 1<<20)

// leaveRoomFor lets SQLite believe that the disk is full after so many more pages.
func leaveRoomFor(t *testing.T, w *groupCommitter, pages int) {
	t.Helper()
	var used int
	if err := w.conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&used); err != nil {
		t.Fatal(err)
	}
	run(t, w, fmt.Sprintf("PRAGMA max_page_count = %d", used+pages))
}

func TestACancelledRequestIsNotRun(t *testing.T) {
	st, w := openWriter(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := commitJobs(w,
		newJob(t.Context(), func(tx *Tx) error { cancel(); return note("a")(tx) }),
		newJob(ctx, note("cancelled while it waited")),
		newJob(t.Context(), note("z")),
	)
	wantTold(t, told, nil, context.Canceled, nil)
	wantNotes(t, st, "a", "z")
}

// An interrupted statement would roll everybody back.
func TestACancellationStopsNothingUnderWay(t *testing.T) {
	st, w := openWriter(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := commitJobs(w,
		newJob(t.Context(), note("a")),
		newJob(ctx, func(tx *Tx) error {
			cancel()
			_, err := tx.MasterKeys()
			return errors.Join(err, note("cancelled while it ran")(tx))
		}),
		newJob(t.Context(), note("z")),
	)
	wantTold(t, told, nil, nil, nil)
	wantNotes(t, st, "a", "cancelled while it ran", "z")
}

func TestASavepointThatCannotBeReleased(t *testing.T) {
	st, w := openWriter(t)
	told := commit(w,
		note("a"),
		func(tx *Tx) error { return errors.Join(note("told no")(tx), tx.db.Exec("RELEASE request").Error) },
		note("z"),
	)
	wantTold(t, told, nil)
	wantTold(t, told[2:], nil)
	if told[1] == nil {
		t.Error("the closure was told that it had been kept")
	}
	wantNotes(t, st, "a", "z")
}

// A commit hook that says no makes SQLite roll back.
func TestACommitThatRollsBack(t *testing.T) {
	st, w := openWriter(t)
	commits := 0
	onCommit(t, w, func() int { commits++; return commits % 2 })
	told := commit(w, note("a"), note("b"), note("c"))
	// The first commit was everybody's, then each had its own: yes, no, yes.
	wantTold(t, told, nil)
	wantTold(t, told[2:], nil)
	if told[1] == nil {
		t.Error("a commit that was rolled back was told yes")
	}
	onCommit(t, w, nil)
	wantNotes(t, st, "a", "c")
}

// A deferred constraint refuses the commit and leaves the transaction open.
func TestACommitThatIsRefused(t *testing.T) {
	st, w := openWriter(t)
	run(t, w, "PRAGMA foreign_keys = ON")
	run(t, w, "CREATE TABLE orphans (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
	run(t, w, "CREATE TABLE parents (id INTEGER PRIMARY KEY)")
	told := commit(w,
		note("a"),
		func(tx *Tx) error {
			return errors.Join(note("orphan")(tx), tx.db.Exec("INSERT INTO orphans VALUES (1)").Error)
		},
		note("z"),
	)
	wantTold(t, told, nil)
	wantTold(t, told[2:], nil)
	if told[1] == nil {
		t.Error("a commit that was refused was told yes")
	}
	wantNotes(t, st, "a", "z")
}

func TestALockedDatabaseRefusesTheWholeBatch(t *testing.T) {
	st, w := openWriter(t)
	run(t, w, "PRAGMA busy_timeout = 1")
	unlock := lockFromOutside(t, w)
	told := commit(w, note("a"), note("b"))
	unlock()
	wantTold(t, told, ErrUnavailable, ErrUnavailable)
	wantNotes(t, st)
}

// The disk is full, the batch is to be run again, and in between another process
// takes the lock: nobody waits for it more than once.
func TestADatabaseLockedBeforeTheSecondRun(t *testing.T) {
	st, w := openWriter(t)
	run(t, w, "PRAGMA busy_timeout = 1")
	leaveRoomFor(t, w, 20)
	runs, unlock := 0, func() {}
	told := commit(w,
		func(tx *Tx) error { runs++; return note("a")(tx) },
		func(tx *Tx) error {
			full := note(big)(tx)
			unlock = lockFromOutside(t, w)
			return full
		},
	)
	unlock()
	wantTold(t, told, ErrUnavailable, ErrUnavailable)
	if runs != 1 {
		t.Errorf("the first closure ran %d times, want 1", runs)
	}
	wantNotes(t, st)
}

func TestATransactionLeftOpenIsEnded(t *testing.T) {
	st, w := openWriter(t)
	run(t, w, "BEGIN")
	if told := commit(w, note("a")); told[0] == nil {
		t.Error("a batch without a transaction of its own was told yes")
	}
	wantNotes(t, st)
}

func TestCloseAnswersWhoeverWaits(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "latchkey.db")
	st, err := Open(t.Context(), Config{URL: url}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	kept := writeWhileClosing(t, st)
	if err := st.Write(t.Context(), note("too late")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a write after Close was told %v, want ErrUnavailable", err)
	}
	if _, err := st.Read(t.Context()).MasterKeys(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a read after Close was told %v, want ErrUnavailable", err)
	}

	again, err := Open(t.Context(), Config{URL: url}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	wantNotes(t, again, kept...)
}

// writeWhileClosing closes the store while one closure runs and others wait, and
// returns the notes that were told yes.
func writeWhileClosing(t *testing.T, st *Store) (kept []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	write := func(text string, fn func(*Tx) error) {
		err := st.Write(context.Background(), fn)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			kept = append(kept, text)
		case !errors.Is(err, ErrUnavailable):
			t.Errorf("%s was told %v", text, err)
		}
	}
	entered := make(chan struct{})
	all.Go(func() {
		write("under way", func(tx *Tx) error {
			close(entered)
			<-st.writer.(*groupCommitter).quit
			return note("under way")(tx)
		})
	})
	<-entered
	for i := range 50 {
		text := fmt.Sprint("waiting ", i)
		all.Go(func() { write(text, note(text)) })
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if !slices.Contains(kept, "under way") {
		t.Error("the write under way was lost")
	}
	return kept
}

func run(t *testing.T, w *groupCommitter, statement string) {
	t.Helper()
	if err := w.exec(statement); err != nil {
		t.Fatal(err)
	}
}

// onCommit has SQLite ask before each commit; anything but 0 refuses it.
func onCommit(t *testing.T, w *groupCommitter, hook func() int) {
	t.Helper()
	if err := w.conn.Raw(func(conn any) error {
		conn.(*sqlite3.SQLiteConn).RegisterCommitHook(hook)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// lockFromOutside takes the write lock as another process would.
func lockFromOutside(t *testing.T, w *groupCommitter) (unlock func()) {
	t.Helper()
	var path string
	if err := w.conn.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list").Scan(&path); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite3", sqliteDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
}
