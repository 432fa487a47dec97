package e2e

import (
	"database/sql"
	"strings"
	"testing"
	"time"
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

// number is the answer to a question that has one.
func number(t *testing.T, database, question string) (n int) {
	t.Helper()
	if err := openDatabase(t, database).QueryRow(question).Scan(&n); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return n
}

// awaitNothingOwed waits until every mail has come to one of its ends.
func (s *server) awaitNothingOwed(t *testing.T) {
	t.Helper()
	db, late := openDatabase(t, s.database), time.After(patience)
	looks := time.NewTicker(50 * time.Millisecond)
	defer looks.Stop()
	for {
		var queued int
		if err := db.QueryRow("SELECT count(*) FROM queued_mails WHERE status = 'queued'").Scan(&queued); err != nil {
			t.Fatal(err)
		}
		if queued == 0 {
			return
		}
		select {
		case <-looks.C:
		case <-late:
			t.Fatalf("%d mails are still queued after %s", queued, patience)
		}
	}
}
