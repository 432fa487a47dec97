package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// faultVariable says how long each fault of drill R6 lasts: `make drill R6` sets it.
const faultVariable = "LATCHKEY_R6_FAULT"

// settled is how many starts are granted before a fault and after it: then the load is
// under way, or the fault is over.
const settled = 50

// TestTheDatabaseIsLocked is drill R6 on SQLite, or its short form: another process
// holds the lock for longer than anybody waits for it.
func TestTheDatabaseIsLocked(t *testing.T) {
	t.Parallel()
	relay, database := startRelay(t), sqliteURL(t)
	server := serve(t, newSettings(t, database, relay.address))
	load := paced(t, server.settings, relay)
	report := &report{title: fmt.Sprintf("R6, SQLite, under %d starts a second", loadRate)}
	load.survives(t, report, "locked", func() {
		unlock := lock(t, strings.TrimPrefix(database, "sqlite:"))
		load.awaitRefused(t, 1)
		hold(t, "locked", lasting(t, faultVariable, 0))
		unlock()
	})
	load.check(t, report, database, server)
	report.log(t)
}

// lock is what a backup, or the sqlite3 shell, of another process may do.
func lock(t *testing.T, file string) (unlock func()) {
	t.Helper()
	db := openSQL(t, "sqlite3", file+"?_txlock=exclusive&_busy_timeout=10000")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// TestPostgresGoesAway is drill R6 on PostgreSQL, or its short form: the server is
// restarted in order and by a crash, its backends are terminated one after another, and
// it stands still.
func TestPostgresGoesAway(t *testing.T) {
	t.Parallel()
	postgres, relay := startPostgres(t), startRelay(t)
	server := serve(t, newSettings(t, postgres.url("postgres"), relay.address))
	load := paced(t, server.settings, relay)
	length := lasting(t, faultVariable, time.Second)
	report := &report{title: fmt.Sprintf("R6, PostgreSQL, under %d starts a second", loadRate)}
	for _, mode := range []string{"fast", "immediate"} {
		load.survives(t, report, "stopped ("+mode+")", func() {
			postgres.stop(t, mode)
			load.awaitRefused(t, 1)
			hold(t, "stopped", length)
			postgres.start(t)
		})
	}
	load.survives(t, report, "backends terminated", func() {
		for over := time.Now().Add(length); time.Now().Before(over); {
			postgres.terminateBackends(t, 1)
		}
	})
	load.survives(t, report, "standing still", func() {
		resume := postgres.pause(t)
		load.awaitRefused(t, 1) // for the requests' own deadline
		hold(t, "standing still", length)
		resume()
	})
	load.check(t, report, server.database, server)
	report.log(t)
}

// survives has a fault happen to a server that works, and waits until it works again.
func (l *pacedLoad) survives(t *testing.T, r *report, fault string, happen func()) {
	t.Helper()
	l.awaitGranted(t, settled)
	began := time.Now()
	happen()
	ended := time.Now()
	l.awaitGranted(t, settled)
	l.reportFault(r, fault, began, ended)
}

// terminateBackends ends the connections of up to that many clients, whichever they are,
// as an operator may.
func (p *postgresServer) terminateBackends(t *testing.T, most int) {
	t.Helper()
	p.do(t, "postgres", fmt.Sprintf(`SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT %d) AS chosen`, most))
}
