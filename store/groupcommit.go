package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// A groupCommitter is the one writer of a SQLite database. It takes the closures
// that wait, runs them in one transaction and commits once, so that many requests
// share one fsync: with a disk that needs milliseconds for it, that is the
// difference between hundreds and tens of thousands of durable writes a second.
//
// What can go wrong inside a shared transaction, and what is done about it:
//
//   - A closure fails: its savepoint is rolled back, its neighbours stay. gorm's own
//     RollbackTo drops the error on SQLite, so the statements are ours.
//   - An error takes the whole transaction with it (a full disk, an I/O error, an
//     interrupt do): the driver is asked whether the transaction is still open, and
//     if not, the batch is run again, each closure alone.
//   - A closure goes on after such an error: see strictConn.
//   - A request is cancelled: its context never reaches the database, since
//     interrupting a statement would roll everybody back. It is looked at once,
//     before the closure runs. Whoever was taken on gets the true answer.
type groupCommitter struct {
	conn *strictConn // the only one that writes
	db   *gorm.DB    // gorm on that connection
	jobs chan *job
	quit chan struct{}
	done sync.WaitGroup

	commits atomic.Int64
}

// maxBatch bounds how long the first of a batch waits for the last.
const maxBatch = 256

// job is one Write waiting for its commit.
type job struct {
	ctx    context.Context
	fn     func(*Tx) error
	result error
	done   chan struct{}
}

var errClosed = fmt.Errorf("%w: closed", ErrUnavailable)

func newGroupCommitter(pool *sql.DB, config *gorm.Config) (*groupCommitter, error) {
	lone, err := pool.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	// Or a batch's savepoints write as much to temporary files as all of it to the WAL. The
	// driver's DSN has no name for it.
	if _, err := lone.ExecContext(context.Background(), "PRAGMA temp_store = MEMORY"); err != nil {
		return nil, errors.Join(err, lone.Close())
	}
	conn := &strictConn{Conn: lone}
	db, err := gorm.Open(sqlite.New(sqlite.Config{Conn: conn}), config)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w := &groupCommitter{conn: conn, db: db, jobs: make(chan *job), quit: make(chan struct{})}
	w.done.Add(1)
	go w.run()
	return w, nil
}

func (w *groupCommitter) write(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return errClosed
	}
	// No way out through ctx from here on: a caller that left would not know
	// whether its rows are durable.
	<-j.done
	return j.result
}

func (w *groupCommitter) committed() int64 { return w.commits.Load() }

func (w *groupCommitter) close() error {
	close(w.quit)
	w.done.Wait()
	return w.conn.Close()
}

func (w *groupCommitter) run() {
	defer w.done.Done()
	for {
		select {
		case first := <-w.jobs:
			// Whoever is about to wait does so first: on a busy processor that makes of
			// several commits one.
			runtime.Gosched()
			w.commit(w.waiting(first))
		case <-w.quit:
			return
		}
	}
}

// waiting collects whoever waits already. There is no timer: while one batch is
// committed the next one gathers, so batches grow with the load by themselves.
func (w *groupCommitter) waiting(first *job) []*job {
	batch := []*job{first}
	for len(batch) < maxBatch {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit brings every job of the batch to its result.
func (w *groupCommitter) commit(batch []*job) {
	if err := w.begin(); err != nil {
		fail(batch, err)
	} else if !w.together(batch) && len(batch) > 1 {
		w.alone(batch)
	}
	for _, j := range batch {
		close(j.done)
	}
}

// together runs the batch in the open transaction, ends it, and sets each job's
// result. It is false when nothing of the batch was kept through a fault that no
// savepoint could contain: alone, some of the jobs may still succeed.
func (w *groupCommitter) together(batch []*job) bool {
	for _, j := range batch {
		if j.result = w.apply(j); j.result != nil && !w.inTransaction() {
			return false
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		fail(batch, errors.Join(err, w.abandon()))
		return false
	}
	w.commits.Add(1)
	return true
}

// alone gives each job a transaction to itself.
func (w *groupCommitter) alone(batch []*job) {
	for i := range batch {
		if err := w.begin(); err != nil {
			fail(batch[i:], err)
			return
		}
		w.together(batch[i : i+1])
	}
}

// begin starts a transaction. When it cannot, because another process holds the
// lock, that is the answer of everybody who waits: to wait for the lock once more
// for each would only take longer.
func (w *groupCommitter) begin() error {
	err := w.exec("BEGIN IMMEDIATE")
	if err == nil {
		return nil
	}
	return errors.Join(err, w.abandon()) // one left open by a failed ROLLBACK ends here
}

// fail gives every job the same result.
func fail(batch []*job, err error) {
	for _, j := range batch {
		j.result = err
	}
}

// apply runs one closure in a savepoint of its own. After an error the caller must
// ask whether the transaction has survived.
func (w *groupCommitter) apply(j *job) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	if err := w.exec("SAVEPOINT request"); err != nil {
		return err
	}
	if err := w.conn.during(func() error { return call(j.fn, w.db) }); err != nil {
		return w.undo(err)
	}
	if err := w.exec("RELEASE request"); err != nil {
		return w.undo(err)
	}
	return nil
}

// undo rolls the closure back to its savepoint. If that cannot be done the whole
// transaction goes, since nothing may be kept of a closure that was told no.
func (w *groupCommitter) undo(cause error) error {
	if !w.inTransaction() {
		return cause
	}
	if err := errors.Join(w.exec("ROLLBACK TO request"), w.exec("RELEASE request")); err != nil {
		return errors.Join(cause, err, w.abandon())
	}
	return cause
}

// abandon ends the transaction, if it is still open, without keeping anything.
func (w *groupCommitter) abandon() error {
	if !w.inTransaction() {
		return nil
	}
	return w.exec("ROLLBACK")
}

func (w *groupCommitter) exec(statement string) error {
	_, err := w.conn.Conn.ExecContext(context.Background(), statement)
	return err
}

// inTransaction asks SQLite itself (sqlite3_get_autocommit): after some errors it
// has rolled back without being told to.
func (w *groupCommitter) inTransaction() bool {
	open := false
	err := w.conn.Raw(func(conn any) error {
		open = !conn.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return err == nil && open
}
