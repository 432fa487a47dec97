package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"latchkey/models"
)

// Inspection is what can be learnt of a database without writing to it.
type Inspection struct {
	Schema     int64 // the newest migration it has; 0 for one without our tables
	Newest     int64 // the newest migration that this program knows
	MasterKeys []models.MasterKey
	Clock      time.Time // the server's, at the end of the look; zero for SQLite
}

// Inspect looks at the database and leaves it, and the folder of a SQLite file, as
// they are: it creates nothing, migrates nothing and takes no lock that a running
// serve would feel. A SQLite file that is not there is fs.ErrNotExist.
func Inspect(ctx context.Context, cfg Config) (Inspection, error) {
	pool, dialect, err := cfg.openReadOnly()
	if err != nil {
		return Inspection{}, fmt.Errorf("store: %w", err)
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	seen, err := inspect(ctx, pool, dialect)
	if err != nil {
		return Inspection{}, fmt.Errorf("store: cannot read the database: %w", err)
	}
	return seen, nil
}

// SQLiteFile is the database's file, or "" where a server has it.
func (c Config) SQLiteFile() string {
	if path, isSQLite := strings.CutPrefix(c.URL, sqliteScheme); isSQLite {
		return path
	}
	return ""
}

func (c Config) openReadOnly() (*sql.DB, goose.Dialect, error) {
	if file := c.SQLiteFile(); file != "" {
		pool, err := openSQLiteReadOnly(file)
		return pool, goose.DialectSQLite3, err
	}
	pool, err := openPostgresPool(c.URL)
	return pool, goose.DialectPostgres, err
}

// openSQLiteReadOnly: to read a database in WAL mode, SQLite makes the files -wal and
// -shm where they are missing, and leaves them behind if it may not write. So it is
// told either to take the file as unchanging, which is true while there is no WAL, or
// not to touch the index of the WAL that is there (https://sqlite.org/wal.html#readonly).
func openSQLiteReadOnly(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	parameters := url.Values{
		"mode": {"ro"}, "_query_only": {"1"},
		"_busy_timeout": {strconv.FormatInt(busyTimeout.Milliseconds(), 10)},
	}
	wal, noWAL := os.Stat(path + "-wal")
	_, noIndex := os.Stat(path + "-shm")
	switch {
	case noWAL != nil || wal.Size() == 0:
		parameters.Set("immutable", "1")
	case noIndex != nil:
		return nil, errors.New("a -wal file without its -shm file lies beside the database, which cannot be read before they are brought together: run latchkey migrate")
	default:
		parameters.Set("readonly_shm", "1")
	}
	return sql.Open(sqlite.DriverName, sqliteURI(path, parameters))
}

// inspect reads in one transaction that the server keeps from writing.
func inspect(ctx context.Context, pool *sql.DB, dialect goose.Dialect) (seen Inspection, err error) {
	if seen.Newest, err = newestMigration(dialect, pool); err != nil {
		return seen, err
	}
	if err := pool.PingContext(ctx); err != nil { // gorm's own ping knows no ctx
		return seen, err
	}
	db, err := openGorm(dialect, pool)
	if err != nil {
		return seen, err
	}
	err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return seen.read(Reader{db: tx}, dialect)
	}, &sql.TxOptions{ReadOnly: true})
	return seen, err
}

func openGorm(dialect goose.Dialect, pool *sql.DB) (*gorm.DB, error) {
	if dialect == goose.DialectPostgres {
		return gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig(time.Now))
	}
	return gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig(time.Now))
}

func (seen *Inspection) read(r Reader, dialect goose.Dialect) (err error) {
	if dialect == goose.DialectSQLite3 {
		// The first look into the file, of which HasTable would keep the error.
		if err := r.db.Exec("SELECT 1 FROM sqlite_schema").Error; err != nil {
			return err
		}
	}
	if r.db.Migrator().HasTable(versionTable) {
		if seen.Schema, err = r.SchemaVersion(); err != nil {
			return err
		}
	}
	if seen.Schema > 0 {
		if seen.MasterKeys, err = r.MasterKeys(); err != nil {
			return err
		}
	}
	if dialect == goose.DialectPostgres {
		var now models.Instant
		err = r.db.Raw("SELECT " + leaseClock).Scan(&now).Error
		seen.Clock = now.Time()
	}
	return err
}
