package storetest

import (
	"database/sql"
	"testing"
)

// AwaitLock waits until a transaction that has looked at the table waits for somebody's lock,
// on PostgreSQL. done is told when the work it belongs to ends, which must not come first.
func AwaitLock(t testing.TB, db *sql.DB, table string, done <-chan error) {
	t.Helper()
	for waiting := 0; waiting == 0; {
		select {
		case err := <-done:
			t.Fatalf("nobody waited for a lock of %s: %v", table, err)
		default:
		}
		err := db.QueryRow(`SELECT count(*) FROM pg_locks WHERE NOT granted
			AND pid IN (SELECT pid FROM pg_locks WHERE relation = $1::regclass)`, table).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}
