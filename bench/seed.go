package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
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

// table is what is written to one: columns and the values of row n.
type table struct {
	name    string
	rows    int
	columns string
	values  string
}

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

// scramble makes of a number another one below 2^32, each of one, in no order: addresses
// come in none either, and so fall all over their index. (Knuth's multiplicative hash.)
const (
	scramble  = 2654435761
	scrambled = "(n * 2654435761 % 4294967296)"
)

// seeded is person n of the rows, as a caller names persons.
func seeded(n int) int { return n * scramble % (1 << 32) }

func (s *seeder) tables(r rows) []table {
	e := expressions{s.dialect, r}
	own, ownSession, whose, at := e.at(r.links, "n"), e.at(r.persons/2, "n"), e.person(e.anybody()), e.instant(r.links, "n")
	its := e.at(r.links, "((n + 1) / 2)") // of an event: the link
	status, finished, due, expires := "'sent'", at+" + 1000", at, e.after(at, 30*time.Minute)
	if !r.due.IsZero() {
		status, finished, due, expires = "'queued'", "NULL", fmt.Sprint(r.due.UnixMilli()), e.after(at, 14*24*time.Hour)
	}
	return []table{
		{"users", r.persons, "id, project_id, status, created_at",
			list(e.person("n"), project, "'active'", e.joined("n"))},
		{"emails", r.persons, "id, project_id, user_id, address, identity, verified_at, created_at",
			list(e.person("n"), project, e.person("n"), e.address(), e.address(), e.joined("n"), e.joined("n"))},
		{"mailboxes", r.persons, "project_id, hash, starts, updated_at",
			list(project, e.hash(), e.bytes(e.hex(at, 16)), at)},
		{"sessions", r.persons / 2, `id, project_id, user_id, email_id, token_id, key_id, method, ip_address, user_agent,
				authenticated_at, started_at, last_accessed_at, expires_at`,
			list(ownSession, project, whose, whose, ownSession, "1", "'magic_link'", client, at, at, at, e.after(at, 30*24*time.Hour))},
		{"magic_links", r.links, `id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url, ip_address, user_agent,
				created_at, expires_at, redeemed_at`,
			list(own, project, whose, whose, "1", "'login'", e.hex("n", 43), "'http://127.0.0.1/authenticate'", client, at, expires, finished)},
		{"queued_mails", r.links, "id, project_id, link_id, status, attempts, next_attempt_at, claimed_until, last_reply, created_at, expires_at, finished_at",
			list(own, project, own, status, "0", due, "0", "''", at, expires, finished)},
		{"events", 2 * r.links, "id, project_id, kind, link_id, address_hash, detail, created_at",
			list(e.at(2*r.links, "n"), project, "CASE n % 2 WHEN 1 THEN 'mail.sent' ELSE 'link.redeemed' END", its, e.hash(), "''", e.instant(2*r.links, "n"))},
	}
}

// What is alike in all rows.
const (
	project = "'" + projectID + "'"
	client  = "'192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'"
)

// expressions are in SQL, of the row's number n.
type expressions struct {
	dialect
	rows
}

// instant spreads so many rows over the time there is.
func (e expressions) instant(of int, n string) string {
	return fmt.Sprintf("(%d + %s * %d / %d)", e.from.UnixMilli(), n, e.until.Sub(e.from).Milliseconds(), max(of, 1))
}

// at is the id of such a row.
func (e expressions) at(of int, n string) string { return e.id(e.instant(of, n), n) }

// joined is when a person came: one each millisecond, a month ago.
func (e expressions) joined(n string) string {
	return fmt.Sprintf("(%d + %s)", e.from.Add(-30*24*time.Hour).UnixMilli(), n)
}

func (e expressions) person(n string) string { return e.id(e.joined(n), n) }

// anybody is the number of one of the persons.
func (e expressions) anybody() string {
	return fmt.Sprintf("(%s %% %d + 1)", scrambled, max(e.persons, 1))
}

func (e expressions) address() string { return "'person' || " + scrambled + " || '@example.com'" }

func (e expressions) hash() string { return e.bytes(e.hex(scrambled, 64)) }

func (e expressions) after(at string, long time.Duration) string {
	return fmt.Sprintf("%s + %d", at, long.Milliseconds())
}

func list(values ...string) string { return strings.Join(values, ", ") }
