// Package storetest runs tests on real databases: each on a fresh SQLite file and
// in a fresh PostgreSQL schema. Its own tests are the conformance suite that both
// must pass, a file for each subject; other packages use it to test what they build
// on the store.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"latchkey/store"
)

// PostgresVariable names the environment variable with the URL of a PostgreSQL in
// which tests may create schemas. The script with-postgres sets it.
const PostgresVariable = "LATCHKEY_TEST_POSTGRES"

// Each runs test on both databases by the machine's clock.
func Each(t *testing.T, test func(t *testing.T, st *store.Store)) {
	EachAt(t, time.Now, test)
}

// EachAt runs test on both databases with the given clock.
func EachAt(t *testing.T, now func() time.Time, test func(t *testing.T, st *store.Store)) {
	EachURL(t, func(t *testing.T, url string) { test(t, Open(t, url, now)) })
}

// EachURL runs test with the URL of an empty database of each kind, for tests that
// open one more than once or from several processes.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, PostgresSchema(t))
	})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, url string, now func() time.Time) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{URL: url}, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// PostgresSchema makes a schema that the test has to itself and returns a URL whose
// connections use it. Without a server the test is skipped, or fails under CI=true.
func PostgresSchema(t *testing.T) string {
	t.Helper()
	server := os.Getenv(PostgresVariable)
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not set, and under CI=true PostgreSQL is never skipped", PostgresVariable)
		}
		t.Skipf("SKIPPED: no PostgreSQL here: run this under store/storetest/with-postgres, which starts one, or set %s", PostgresVariable)
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec(fmt.Sprintf("DROP SCHEMA %s CASCADE", schema)); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return withSearchPath(t, server, schema)
}

func withSearchPath(t *testing.T, server, schema string) string {
	t.Helper()
	parsed, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	query := parsed.Query()
	query.Set("search_path", schema)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
