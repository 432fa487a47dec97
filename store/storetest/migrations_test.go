package storetest

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"latchkey/store"
)

// raw opens the database past the store, as an operator or another version does.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, source := "pgx", url
	if path, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		driver, source = "sqlite3", path
	}
	db, err := sql.Open(driver, source)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t *testing.T, url string, statements ...string) {
	t.Helper()
	db := raw(t, url)
	for _, statement := range statements {
		_, err := db.Exec(statement)
		must(t, err)
	}
}

func openSkipping(url string) error {
	st, err := store.Open(context.Background(), store.Config{URL: url, SkipMigrations: true}, newClock().Now)
	if err != nil {
		return err
	}
	return st.Close()
}

func TestOpeningAgainKeepsTheRows(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		first := Open(t, url, newClock().Now)
		started(t, first, "ada@example.com")
		must(t, first.Close())
		known(t, Open(t, url, newClock().Now), "ada@example.com")
	})
}

func TestWithoutMigrationsAnOlderSchemaIsRefused(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		err := openSkipping(url)
		if err == nil || !strings.Contains(err.Error(), "latchkey migrate") {
			t.Errorf("got error %v, want one that says what to do", err)
		}
		Open(t, url, newClock().Now)
		must(t, openSkipping(url))
	})
}

// Replicas are replaced one by one: this program meets the schema of the next one,
// at its start and while it runs.
func TestTheSchemaOfTheNextVersionWillDo(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		running := Open(t, url, newClock().Now)
		started(t, running, "ada@example.com")
		known(t, running, "ada@example.com")
		exec(t, url,
			"ALTER TABLE users ADD COLUMN planted TEXT NOT NULL DEFAULT ''",
			"ALTER TABLE emails ADD COLUMN planted TEXT NOT NULL DEFAULT ''",
			"INSERT INTO latchkey_migrations (version_id, is_applied) VALUES (2000000000, true)",
		)
		known(t, running, "ada@example.com")
		started(t, running, "ada@example.com")
		started(t, running, "bob@example.com")

		must(t, openSkipping(url))
		known(t, Open(t, url, newClock().Now), "bob@example.com")
	})
}

// goose's usual table may be there already: that of another program.
func TestAnotherProgramsMigrationsAreNotOurs(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		exec(t, url,
			"CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied BOOLEAN)",
			"INSERT INTO goose_db_version VALUES (1, 0, true), (2, 1, true)",
		)
		started(t, Open(t, url, newClock().Now), "ada@example.com")
	})
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		race(4, func(int) {
			st, err := store.Open(context.Background(), store.Config{URL: url}, newClock().Now)
			if err != nil {
				t.Error(err)
				return
			}
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		var applied int
		must(t, raw(t, url).QueryRow("SELECT count(*) FROM latchkey_migrations WHERE version_id = 1").Scan(&applied))
		if applied != 1 {
			t.Errorf("the first migration is noted %d times, want 1", applied)
		}
	})
}

func TestNoErrorShowsThePassword(t *testing.T) {
	for _, url := range []string{
		"postgres://latchkey:s3cret@127.0.0.1:1/latchkey",
		"postgres://latchkey:s3cret@127.0.0.1:port/latchkey",
		"postgres://latchkey:s3cret@127.0.0.1:1/latchkey?sslmode=s3cret",
		"mysql://latchkey:s3cret@127.0.0.1/latchkey",
	} {
		_, err := store.Open(context.Background(), store.Config{URL: url}, newClock().Now)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got error %v, want one without the password", url, err)
		}
	}
}

// While another replica migrates, nothing is done.
func TestMigrationsWaitForTheirTurn(t *testing.T) {
	const lock = 0x6c617463686b6579
	url := PostgresSchema(t)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	other, err := raw(t, url).Conn(context.Background())
	must(t, err)
	_, err = other.ExecContext(context.Background(), "SELECT pg_advisory_lock($1)", lock)
	must(t, err)

	_, err = store.Open(ctx, store.Config{URL: url}, newClock().Now)
	wantErr(t, err, context.DeadlineExceeded)
	var tables int
	must(t, other.QueryRowContext(context.Background(),
		"SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").Scan(&tables))
	if tables != 0 {
		t.Errorf("%d tables were made, want 0", tables)
	}
	_, err = other.ExecContext(context.Background(), "SELECT pg_advisory_unlock($1)", lock)
	must(t, err)
	must(t, other.Close())
	Open(t, url, newClock().Now)
}
