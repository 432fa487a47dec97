package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"latchkey/store"
)

// rows are what a service of that age would have: made by statements over whole ranges,
// since a login each would take hours. They only fill the tables: no token of theirs is
// known to anybody.
type rows struct {
	persons int // each with an address and a mailbox; half of them with a living session
	links   int // each with its mail and two events
	from    time.Time
	until   time.Time // over which they are spread
	due     time.Time // when the mails, which wait, are to be sent; zero where they are settled
}

// aged are the rows of a service where everybody logs in twice a week, a week after it
// was opened: the janitor has nothing to do yet, and nothing is younger.
func aged(links int) rows {
	now := time.Now()
	return rows{persons: links / 2, links: links, from: now.Add(-store.KeptFor + time.Hour), until: now.Add(-time.Hour)}
}

// seeder writes rows to a migrated database that no service has open.
type seeder struct {
	db       *sql.DB
	dialect  dialect
	progress *progress
	done     int
}

// dialect is in what the two databases differ here.
type dialect struct {
	driver string
	hex    func(number string, digits int) string
	bytes  func(hex string) string
	before string // to be quick rather than safe: what breaks off is thrown away
	after  string // to know what there is, as a database knows that has grown slowly
}

var sqliteDialect = dialect{
	driver: "sqlite3",
	hex:    func(number string, digits int) string { return fmt.Sprintf("printf('%%0%dx', %s)", digits, number) },
	bytes:  func(hex string) string { return "unhex(" + hex + ")" },
	before: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000", // KiB
	after:  "PRAGMA journal_mode = WAL",
}

var postgresDialect = dialect{
	driver: "pgx",
	hex: func(number string, digits int) string {
		return fmt.Sprintf("lpad(to_hex(%s), %d, '0')", number, digits)
	},
	bytes:  func(hex string) string { return "decode(" + hex + ", 'hex')" },
	before: "SET synchronous_commit = off",
	after:  "VACUUM ANALYZE",
}

// id is a version 7 UUID (RFC 9562 §5.7) of the instant in milliseconds, and of the
// number instead of chance.
func (d dialect) id(at, number string) string {
	return d.bytes(d.hex(at, 12) + " || '70008' || " + d.hex(number, 15))
}

// seed writes the rows to the database of a service that was terminated.
func (s *service) seed(ctx context.Context, what string, r rows) (err error) {
	source, of := s.database.url, postgresDialect
	if path, isSQLite := strings.CutPrefix(source, "sqlite:"); isSQLite {
		source, of = "file:"+path, sqliteDialect
	}
	db, err := sql.Open(of.driver, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // what is set for a connection is then set
	work := &seeder{db: db, dialect: of}
	for _, step := range []func() error{
		func() error { return work.exec(ctx, of.before) },
		func() error { return work.seed(ctx, what, r) },
		func() error { return work.exec(ctx, of.after) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) exec(ctx context.Context, statement string) error {
	_, err := s.db.ExecContext(ctx, statement)
	return err
}

// rowsAtOnce bounds a transaction, and how long nothing is said.
const rowsAtOnce = 100_000

func (s *seeder) seed(ctx context.Context, what string, r rows) error {
	tables, of := s.tables(r), 0
	for _, t := range tables {
		of += t.rows
	}
	s.progress = newProgress(what, of)
	for _, t := range tables {
		if err := s.fill(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	syscall.Sync() // or whoever commits next waits until the disk has all of it
	return nil
}

func (s *seeder) fill(ctx context.Context, t table) error {
	for first := 1; first <= t.rows; first += rowsAtOnce {
		last := min(first+rowsAtOnce-1, t.rows)
		statement := fmt.Sprintf(`
			WITH RECURSIVE series(n) AS (SELECT CAST(%d AS BIGINT) UNION ALL SELECT n + 1 FROM series WHERE n < %d)
			INSERT INTO %s (%s) SELECT %s FROM series WHERE true`, first, last, t.name, t.columns, t.values)
		if err := s.exec(ctx, statement); err != nil {
			return err
		}
		s.done += last - first + 1
		s.progress.at(s.done)
	}
	return nil
}
