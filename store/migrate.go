package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Migrations are numbered SQL, one folder per dialect, and only ever add: a
// program of version N-1 runs on the schema of version N, so that replicas can be
// replaced one by one.
//
//go:embed migrations
var migrations embed.FS

// versionTable is a name of ours, so that another program's migrations in the same
// schema are never taken for our own.
const versionTable = "latchkey_migrations"

// migrate brings the schema up to date or, with checkOnly, refuses one that is
// behind this program. A schema that is ahead is welcome.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, checkOnly bool) error {
	provider, err := newMigrator(dialect, db)
	if err != nil {
		return err
	}
	if checkOnly {
		return refusePending(ctx, provider)
	}
	if dialect == goose.DialectPostgres {
		unlock, err := lockMigrations(ctx, db)
		if err != nil {
			return err
		}
		defer unlock()
	}
	return migrateUp(ctx, provider)
}

// SchemaVersion is the number of the newest migration that the database has.
func (r Reader) SchemaVersion() (version int64, err error) {
	err = r.db.Table(versionTable).Where("is_applied").Select("max(version_id)").Scan(&version).Error
	return version, failure(err)
}

// newestMigration is the number of the newest migration that this program knows.
func newestMigration(dialect goose.Dialect, db *sql.DB) (int64, error) {
	provider, err := newMigrator(dialect, db)
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

func newMigrator(dialect goose.Dialect, db *sql.DB) (*goose.Provider, error) {
	folder := "migrations/sqlite"
	if dialect == goose.DialectPostgres {
		folder = "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true), goose.WithTableName(versionTable))
}

func refusePending(ctx context.Context, provider *goose.Provider) error {
	behind, err := provider.HasPending(ctx)
	if err != nil {
		return err
	}
	if behind {
		return errors.New("the schema is older than this program: run latchkey migrate")
	}
	return nil
}

// migrateUp starts over when it failed while another process brought the schema
// forward. SQLite has no lock that outlives a transaction, and whoever comes second
// finds the tables there already.
func migrateUp(ctx context.Context, provider *goose.Provider) error {
	for {
		before, err := provider.GetDBVersion(ctx)
		if err != nil {
			return err
		}
		_, failed := provider.Up(ctx)
		if failed == nil {
			return nil
		}
		if after, err := provider.GetDBVersion(ctx); err != nil || after == before {
			return failed
		}
	}
}

// migrationLock is an arbitrary number, the same in every version.
const migrationLock = 0x6c617463686b6579 // "latchkey"

// lockMigrations waits until no other replica migrates: those that start together
// must not do it together. It asks again and again, since a statement that waited
// inside the server would hold up CREATE INDEX CONCURRENTLY for good.
func lockMigrations(ctx context.Context, db *sql.DB) (unlock func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		var locked bool
		err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", migrationLock).Scan(&locked)
		if err == nil && !locked {
			err = pause(ctx, attempt)
		}
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		if locked {
			return func() { unlockMigrations(conn) }, nil
		}
	}
}

// unlockMigrations drops the connection when it cannot unlock: the lock ends with it.
func unlockMigrations(conn *sql.Conn) {
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock($1)", migrationLock); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}
