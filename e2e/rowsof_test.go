package e2e

import (
	"database/sql"
	"strings"
	"testing"
)

func openSQL(t *testing.T, driver, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// openDatabase looks into a server's database past the server.
func openDatabase(t *testing.T, url string) *sql.DB {
	t.Helper()
	if file, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		return openSQL(t, "sqlite3", file+"?_busy_timeout=10000")
	}
	return openSQL(t, "pgx", url)
}

func databaseKind(url string) string {
	if strings.HasPrefix(url, "sqlite:") {
		return "SQLite"
	}
	return "PostgreSQL"
}
