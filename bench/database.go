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

// eachDatabase measures on SQLite and, where there is one, on PostgreSQL.
func eachDatabase(measure func(name string, make func(dir string) (database, error)) error) error {
	if err := measure("SQLite", newSQLite); err != nil {
		return err
	}
	server := os.Getenv(postgresVariable)
	if server == "" {
		fmt.Fprintf(os.Stderr, "*** SKIPPED: PostgreSQL. Install it, or set %s\n", postgresVariable)
		return nil
	}
	return measure("PostgreSQL", func(string) (database, error) { return newSchema(server) })
}

func newSQLite(dir string) (database, error) {
	return database{"sqlite:" + filepath.Join(dir, "latchkey.db"), func() error { return nil }}, nil
}

// newSchema makes a schema that the service has to itself.
func newSchema(server string) (database, error) {
	parsed, err := url.Parse(server)
	if err != nil {
		return database{}, errors.New(postgresVariable + " is no URL")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		return database{}, err
	}
	schema := "bench_" + strings.ToLower(rand.Text())
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		return database{}, errors.Join(err, db.Close())
	}
	query := parsed.Query()
	query.Set("search_path", schema)
	parsed.RawQuery = query.Encode()
	return database{parsed.String(), func() error {
		_, err := db.Exec("DROP SCHEMA " + schema + " CASCADE")
		return errors.Join(err, db.Close())
	}}, nil
}
