package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"latchkey/models"
)

// Config says which database and how it is prepared.
type Config struct {
	// URL is sqlite:PATH or postgres://… (any URL or key/value string that
	// PostgreSQL's libpq takes, as long as it begins with postgres:// or
	// postgresql://).
	URL string
	// SkipMigrations leaves the schema as it is; Open then refuses one that is
	// older than this program.
	SkipMigrations bool
}

// Validate reports what is wrong with the configuration, by field.
func (c Config) Validate(complain func(field, message string)) {
	if path, isSQLite := strings.CutPrefix(c.URL, sqliteScheme); isSQLite && path != "" || isPostgres(c.URL) {
		return
	}
	complain("url", "want sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}

const sqliteScheme = "sqlite:"

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Store is one open database. It is safe for concurrent use.
type Store struct {
	reading *gorm.DB
	writer  writer
	clock   clock
	closers []func() error
	closing sync.Once

	writes   atomic.Int64 // that were kept
	failedAt atomic.Int64 // when a write was last refused as unavailable, in Unix nanoseconds; 0 after one that worked
}

// failureCounts is how long Ping remembers a write that could not be kept.
const failureCounts = 5 * time.Second

// writer runs a closure in one durable transaction, or not at all. The closure may
// run more than once and so must set everything it hands out anew each time.
type writer interface {
	write(ctx context.Context, fn func(*Tx) error) error
	// committed is how many transactions the database was asked to make durable.
	committed() int64
}

// clock is where time comes from: now for what the rows say, lease for claims
// that several processes race for.
type clock struct {
	now func() time.Time
	// lease is an SQL expression of the database's own clock in milliseconds, so
	// that two replicas whose clocks differ agree on when a claim is over; "" where
	// there is one machine and so one clock.
	lease string
}

// Open opens the database, creates a SQLite file that is not there, and brings the
// schema up to date. The credentials in url never appear in an error.
func Open(ctx context.Context, cfg Config, now func() time.Time) (*Store, error) {
	var s *Store
	var err error
	switch path, isSQLite := strings.CutPrefix(cfg.URL, sqliteScheme); {
	case isSQLite:
		s, err = openSQLite(ctx, path, cfg, now)
	case isPostgres(cfg.URL):
		s, err = openPostgres(ctx, cfg, now)
	default:
		err = errors.New("the URL begins neither with sqlite: nor with postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("store: cannot open the database: %w", err)
	}
	return s, nil
}

// Close waits for the writes under way and closes the database. Whoever still waits
// to write gets ErrUnavailable. To close twice does no harm.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		for _, closer := range s.closers {
			err = errors.Join(err, closer())
		}
	})
	return err
}

// Ping tells whether the database is of use: it answers, and the last write was not
// refused a moment ago. It reads a row, since on SQLite an open handle says nothing
// about the file.
func (s *Store) Ping(ctx context.Context) error {
	if at := s.failedAt.Load(); at != 0 && time.Since(time.Unix(0, at)) < failureCounts {
		return fmt.Errorf("%w: the last write could not be kept", ErrUnavailable)
	}
	_, err := s.Read(ctx).MasterKeys()
	return err
}

// Read gives access to the rows as last committed.
func (s *Store) Read(ctx context.Context) Reader {
	return Reader{db: s.reading.WithContext(ctx)}
}

// Write runs fn in one transaction. When it returns nil, what fn wrote is durable;
// when it returns an error, nothing of it was kept. fn talks to no network and may
// run more than once.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := failure(s.writer.write(ctx, fn))
	switch {
	case errors.Is(err, ErrUnavailable):
		s.failedAt.Store(time.Now().UnixNano())
	case err == nil:
		s.writes.Add(1)
		s.failedAt.Store(0)
	}
	return err
}

// Counts is what was done since the store was opened.
type Counts struct {
	Writes  int64 // calls of Write whose rows were kept
	Commits int64 // transactions of the database; on SQLite many writes share one
}

// Counts tells what was done so far.
func (s *Store) Counts() Counts {
	return Counts{Writes: s.writes.Load(), Commits: s.writer.committed()}
}

// Reader reads rows.
type Reader struct{ db *gorm.DB }

// Tx reads and writes rows in one transaction. It must not be used after the
// closure it was given to has returned.
type Tx struct{ Reader }

// call runs a closure and makes an error of its panic: on SQLite it would otherwise
// end every later write of the process, and callers cannot tell the databases apart.
func call(fn func(*Tx) error, db *gorm.DB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(&Tx{Reader{db: db}})
}

// gormConfig: no transaction of gorm's own around each statement (there is always
// one already), the store's clock, and no log of gorm's: an error is logged once,
// where it stops, and gorm would add the values. Columns are named instead of *,
// since the next version may add one while this program runs, and PostgreSQL
// refuses a prepared statement whose result has changed.
func gormConfig(now func() time.Time) *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		QueryFields:            true,
		NowFunc:                now,
		Logger:                 logger.Discard,
	}
}

// first reads one row into a new T.
func first[T any](query *gorm.DB) (*T, error) {
	row := new(T)
	if err := query.Take(row).Error; err != nil {
		return nil, failure(err)
	}
	return row, nil
}

// changedOne turns a conditional write that met no row into ErrConflict.
func changedOne(result *gorm.DB) error {
	if result.Error == nil && result.RowsAffected == 0 {
		return ErrConflict
	}
	return failure(result.Error)
}

// instant is the point in time that rows are compared with.
func (c clock) instant() models.Instant { return models.At(c.now()) }
