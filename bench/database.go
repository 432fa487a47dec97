package main

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// postgresVariable names a PostgreSQL server, as for the tests: with-postgres sets it.
const postgresVariable = "LATCHKEY_TEST_POSTGRES"

// database is an empty one, for one service.
type database struct {
	url    string
	remove func() error
}

// maker makes databases of one kind.
type maker struct {
	kind string
	make func(dir string) (database, error)
}

const (
	onSQLite     = "SQLite"
	onPostgreSQL = "PostgreSQL"
)

// makers are SQLite's and, where there is a server, PostgreSQL's.
func makers() []maker {
	all := []maker{{onSQLite, newSQLite}}
	server := os.Getenv(postgresVariable)
	if server == "" {
		fmt.Fprintf(os.Stderr, "*** SKIPPED: PostgreSQL. Install it, or set %s\n", postgresVariable)
		return all
	}
	return append(all, maker{onPostgreSQL, func(string) (database, error) { return newSchema(server) }})
}

func newSQLite(dir string) (database, error) {
	return database{"sqlite:" + filepath.Join(dir, "latchkey.db"), func() error { return nil }}, nil
}

// newSchema makes a schema that the service has to itself, on a server whose commits
// are durable.
func newSchema(server string) (database, error) {
	parsed, err := url.Parse(server)
	if err != nil {
		return database{}, errors.New(postgresVariable + " is no URL")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		return database{}, err
	}
	if err := refuseForgetful(db); err != nil {
		return database{}, errors.Join(err, db.Close())
	}
	schema := "bench_" + strings.ToLower(rand.Text())
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		return database{}, errors.Join(err, db.Close())
	}
	query := parsed.Query()
	query.Set("options", "-csearch_path="+schema) // libpq takes no search_path by itself
	parsed.RawQuery = query.Encode()
	return database{parsed.String(), func() error {
		_, err := db.Exec("DROP SCHEMA " + schema + " CASCADE")
		return errors.Join(err, db.Close())
	}}, nil
}

// refuseForgetful: what a server does that loses commits in a power cut is no figure of
// ours.
func refuseForgetful(db *sql.DB) error {
	var fsync, commit string
	err := db.QueryRow("SELECT current_setting('fsync'), current_setting('synchronous_commit')").Scan(&fsync, &commit)
	if err == nil && (fsync != "on" || commit != "on") {
		err = fmt.Errorf("PostgreSQL has fsync %s and synchronous_commit %s: both must be on", fsync, commit)
	}
	return err
}
