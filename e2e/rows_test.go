package e2e

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// rows looks into a database past the product, and changes nothing: on SQLite not even
// the write-ahead log, which is left to the next start.
type rows struct {
	db       *sql.DB
	isSQLite bool
}

func lookInto(t *testing.T, database string) *rows {
	t.Helper()
	driver, source := "pgx", database
	path, isSQLite := strings.CutPrefix(database, "sqlite:")
	if isSQLite {
		driver, source = "sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_busy_timeout=5000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	return &rows{db: db, isSQLite: isSQLite}
}

func (r *rows) close() { r.db.Close() }

// number asks one question of a database that is not looked at any longer.
func number(t *testing.T, database, question string) int {
	t.Helper()
	rows := lookInto(t, database)
	defer rows.close()
	return rows.number(t, question)
}

// awaitNothingOwed waits until every mail has come to one of its ends.
func (s *server) awaitNothingOwed(t *testing.T) {
	t.Helper()
	rows := lookInto(t, s.database)
	defer rows.close()
	rows.awaitDrained(t, patience)
}

// number is the answer to a question with one.
func (r *rows) number(t *testing.T, question string) (n int) {
	t.Helper()
	if err := r.db.QueryRow(question).Scan(&n); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return n
}

// counted is the answer to a question with a number for each of some names.
func (r *rows) counted(t *testing.T, question string) map[string]int {
	t.Helper()
	found, err := r.db.Query(question)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	numbers := make(map[string]int)
	for found.Next() {
		var name string
		var n int
		if err := found.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		numbers[name] = n
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return numbers
}

// claimed lists the queued mails that somebody holds, until when (in ms).
func (r *rows) claimed(t *testing.T) map[string]int {
	t.Helper()
	now := "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
	if !r.isSQLite {
		now = "extract(epoch from clock_timestamp()) * 1000"
	}
	byID := make(map[string]int)
	for id, until := range r.counted(t, "SELECT id, claimed_until FROM queued_mails WHERE status = 'queued' AND claimed_until > "+now) {
		byID[models.ID([]byte(id)).String()] = until
	}
	return byID
}

// finished is when the mail ended.
func (r *rows) finished(t *testing.T, mailID string) (time.Time, bool) {
	t.Helper()
	id, err := models.ParseID(mailID)
	if err != nil {
		t.Fatal(err)
	}
	question := "SELECT finished_at FROM queued_mails WHERE id = $1"
	var at sql.NullInt64
	if err := r.db.QueryRow(question, id).Scan(&at); err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(at.Int64), at.Valid
}

// torn counts what one transaction wrote half of: a start's mail without its link, a
// link without its mail, its person or their address.
func (r *rows) torn(t *testing.T) int {
	t.Helper()
	return r.number(t, `SELECT
		(SELECT count(*) FROM queued_mails WHERE link_id NOT IN (SELECT id FROM magic_links)) +
		(SELECT count(*) FROM magic_links WHERE id NOT IN (SELECT link_id FROM queued_mails)
			OR user_id NOT IN (SELECT id FROM users) OR email_id NOT IN (SELECT id FROM emails))`)
}

// integrity is "ok" or the first fault that SQLite finds in its file.
func (r *rows) integrity(t *testing.T) (verdict string) {
	t.Helper()
	if err := r.db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil {
		t.Fatal(err)
	}
	return verdict
}

// awaitDrained waits until no mail is queued any more.
func (r *rows) awaitDrained(t *testing.T, patience time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; pauseFor(t.Context(), 100*time.Millisecond) {
		queued := r.number(t, "SELECT count(*) FROM queued_mails WHERE status = 'queued'")
		if queued == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d mails are still queued after %v", queued, patience)
		}
	}
}
