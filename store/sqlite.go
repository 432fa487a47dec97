package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

const (
	databaseFileMode   os.FileMode = 0o600
	databaseFolderMode os.FileMode = 0o700

	// busyTimeout is how long SQLite itself waits for another process's lock (a
	// backup, the sqlite3 shell) before a write is refused.
	busyTimeout = 5 * time.Second

	// cachedStatements is above the number of different statements there are. The
	// driver keeps them for each connection; gorm's own cache (PrepareStmt) would
	// answer one request with another's cancellation, and closes statements in use
	// after a day.
	cachedStatements = 64
)

// openSQLite opens two pools on one file: a single connection that writes, and
// several that only read and, thanks to the WAL, wait for nobody.
func openSQLite(ctx context.Context, path string, cfg Config, now func() time.Time) (*Store, error) {
	// In a URI "//host" is an authority, ":memory:" is no file, and a relative path
	// ends with the next change of folder.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := createPrivately(path); err != nil {
		return nil, err
	}
	writing, err := sql.Open(sqlite.DriverName, sqliteDSN(path, "_txlock", "immediate"))
	if err != nil {
		return nil, err
	}
	writing.SetMaxOpenConns(1)
	if err := switchToWAL(ctx, writing); err != nil {
		return nil, errors.Join(err, writing.Close())
	}
	if err := migrate(ctx, goose.DialectSQLite3, writing, cfg.SkipMigrations); err != nil {
		return nil, errors.Join(err, writing.Close())
	}
	reading, err := openReaders(path, now)
	if err != nil {
		return nil, errors.Join(err, writing.Close())
	}
	committer, err := newGroupCommitter(writing, gormConfig(now))
	if err != nil {
		return nil, errors.Join(err, closer(reading)(), writing.Close())
	}
	return &Store{
		reading: reading,
		writer:  committer,
		clock:   clock{now: now},
		closers: []func() error{committer.close, closer(reading), writing.Close},
	}, nil
}

// switchToWAL makes the first connection, whose pragma switches a new file. SQLite's
// own waiting does not help two processes that do so at once: each would wait for
// the other, so one of them is refused on the spot.
func switchToWAL(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := pool.PingContext(ctx)
		var failed sqlite3.Error
		if !errors.As(err, &failed) || failed.Code != sqlite3.ErrBusy || pause(ctx, attempt) != nil {
			return err
		}
	}
}

func openReaders(path string, now func() time.Time) (*gorm.DB, error) {
	pool, err := sql.Open(sqlite.DriverName, sqliteDSN(path, "_query_only", "1"))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(max(4, 2*runtime.NumCPU()))
	pool.SetMaxIdleConns(max(4, 2*runtime.NumCPU()))
	return gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig(now))
}

// sqliteDSN puts the pragmas where each pooled connection gets them.
func sqliteDSN(path string, more ...string) string {
	pragmas := url.Values{
		"_journal_mode":    {"WAL"},
		"_synchronous":     {"FULL"}, // a committed row survives a power cut
		"_busy_timeout":    {strconv.FormatInt(busyTimeout.Milliseconds(), 10)},
		"_stmt_cache_size": {strconv.Itoa(cachedStatements)},
	}
	for i := 0; i < len(more); i += 2 {
		pragmas.Set(more[i], more[i+1])
	}
	return sqliteURI(path, pragmas)
}

func sqliteURI(path string, parameters url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + parameters.Encode()
}

// createPrivately makes the folder and the file before SQLite does, which would
// let the umask decide who may read them. The WAL inherits the file's mode.
func createPrivately(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), databaseFolderMode); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, databaseFileMode)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(databaseFileMode), file.Close())
}

func closer(db *gorm.DB) func() error {
	return func() error {
		pool, err := db.DB()
		if err != nil {
			return err
		}
		return pool.Close()
	}
}
