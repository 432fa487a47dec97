package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// Dump is every value of every row of the database, as bytes, for tests that look
// for what must not be there.
func Dump(t *testing.T, url string) string {
	t.Helper()
	tables := "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	if strings.HasPrefix(url, "sqlite:") {
		tables = "SELECT name FROM sqlite_schema WHERE type = 'table'"
	}
	db := openSQL(t, url)
	defer db.Close()
	var dump strings.Builder
	for _, name := range strings.Fields(query(t, db, tables)) {
		dump.WriteString(query(t, db, fmt.Sprintf("SELECT * FROM %s", name)))
	}
	return dump.String()
}

// openSQL opens the database beside the store.
func openSQL(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, source := "pgx", url
	if path, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		driver, source = "sqlite3", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// query returns every value of the answer, a line each.
func query(t *testing.T, db *sql.DB, statement string) string {
	t.Helper()
	rows, err := db.Query(statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var values strings.Builder
	row, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, value := range row {
			values.Write(value)
			values.WriteByte('\n')
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values.String()
}
