package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const (
	// fullVariable says how long the disk of drill R5 is full: `make drill R5` sets it.
	fullVariable = "LATCHKEY_R5_FULL"
)

// TestTheDiskIsFull is drill R5 on SQLite, or its short form.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	disk, relay := smallDisk(t, 64), startRelay(t)
	file := filepath.Join(disk.dir, "latchkey.db")
	server := serve(t, newSettings(t, "sqlite:"+file, relay.address))
	load := paced(t, server.settings, relay)
	report := &report{title: fmt.Sprintf("R5, SQLite on %s, under %d starts a second", disk.kind, loadRate)}
	stretchWAL(t, file)
	load.survives(t, report, "full", func() {
		disk.fill(t, server)
		load.awaitRefused(t, settled)
		if status, _ := get(t, server.url()+"/readyz"); status != http.StatusServiceUnavailable {
			t.Errorf("/readyz on a full disk: got %d, want 503", status)
		}
		hold(t, "full", lasting(t, fullVariable, 0))
		disk.free(t, server)
	})
	load.check(t, report, server.database, server)
	checkIntegrity(t, file)
	report.log(t)
}

// stretchWAL makes the WAL as long as it is when SQLite copies it back (1000 pages of 4 KiB).
// From then on it is written from its beginning again, so that on a full disk commits go
// on for a while, and the copying back is what fails first.
func stretchWAL(t *testing.T, file string) {
	t.Helper()
	if _, err := openSQL(t, "sqlite3", file+"?_busy_timeout=10000").Exec("CREATE TABLE ballast AS SELECT zeroblob(4 << 20)"); err != nil {
		t.Fatal(err)
	}
}

func checkIntegrity(t *testing.T, file string) {
	t.Helper()
	var found string
	if err := openSQL(t, "sqlite3", file).QueryRow("PRAGMA integrity_check").Scan(&found); err != nil || found != "ok" {
		t.Errorf("integrity check: got %q (%v), want ok", found, err)
	}
}

// TestPostgresIsFull is drill R5 on PostgreSQL, or its short form: the tables' disk is
// full. One that is full where the WAL lies ends the server itself, which is drill R6.
func TestPostgresIsFull(t *testing.T) {
	t.Parallel()
	postgres, relay := startPostgres(t), startRelay(t)
	kind, fill, free := postgres.smallDatabase(t)
	server := serve(t, newSettings(t, postgres.url("small"), relay.address))
	load := paced(t, server.settings, relay)
	report := &report{title: fmt.Sprintf("R5, PostgreSQL on %s, under %d starts a second", kind, loadRate)}
	load.survives(t, report, "full", func() {
		fill()
		load.awaitRefused(t, settled)
		hold(t, "full", lasting(t, fullVariable, 0))
		free()
	})
	load.check(t, report, server.database, server)
	report.log(t)
}

// smallDatabase makes one whose tables lie on a disk of their own that can be filled up.
// Where nothing can be mounted, filling it up is to put it into the state in which hosted
// PostgreSQL keeps one whose disk is nearly full: it is read only.
func (p *postgresServer) smallDatabase(t *testing.T) (kind string, fill, free func()) {
	t.Helper()
	if dir, err := mountTmpfs(t, 64); err == nil {
		p.give(t, dir)
		p.do(t, "postgres", "CREATE TABLESPACE small LOCATION '"+dir+"'")
		p.do(t, "postgres", "CREATE DATABASE small TABLESPACE small")
		filler := filepath.Join(dir, "filler")
		return "a full tmpfs", func() { fillUp(t, filler) }, func() { remove(t, filler) }
	}
	p.do(t, "postgres", "CREATE DATABASE small")
	guard := func(readOnly string) {
		p.do(t, "postgres", "ALTER DATABASE small SET default_transaction_read_only = "+readOnly)
		p.terminateBackends(t, 1000) // only new sessions are read only
	}
	return "a read-only guard, since nothing can be mounted here", func() { guard("on") }, func() { guard("off") }
}

// TestTheLogsDiskIsFull: what cannot be logged is lost, and nothing else is.
func TestTheLogsDiskIsFull(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here, to which nothing can be written")
	}
	relay := startRelay(t)
	settings := newSettings(t, sqliteURL(t), relay.address)
	mute := exec.Command("sh", "-c", `exec "$0" serve --config "$1" 2>/dev/full`, program, settings.write(t))
	server := &server{process: start(t, mute), settings: settings}
	awaitAnswer(t, settings.url())
	addresses := startFor(t, server, 10)
	relay.each(t, addresses)
	if status := server.terminate(t); status != 0 {
		t.Errorf("exit status: got %d, want 0", status)
	}
	relay.checkOnce(t, settings.database, addresses)
}
