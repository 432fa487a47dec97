package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/models"
	"latchkey/store"
)

// named makes the store's own connections known by the name, so that a test can
// tell them from others.
func named(t *testing.T, server, name string) string {
	t.Helper()
	parsed, err := url.Parse(server)
	must(t, err)
	query := parsed.Query()
	query.Set("application_name", name)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// terminate ends the store's connections that are in the state.
func terminate(t *testing.T, db *sql.DB, name, state string) {
	t.Helper()
	var ended int
	must(t, db.QueryRow(`SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
		WHERE application_name = $1 AND state = $2`, name, state).Scan(&ended))
	if ended == 0 {
		t.Fatalf("no connection is %s", state)
	}
}

// Two closures take the same two rows in opposite order. Each waits, the first time
// it runs, until the other has its first row, so that they must meet.
func TestADeadlockEndsWellForBoth(t *testing.T) {
	st := Open(t, PostgresSchema(t), newClock().Now)
	sessions := []models.Session{signedIn(t, st), signedIn(t, st)}
	var met sync.WaitGroup
	met.Add(2)
	race(2, func(i int) {
		var once sync.Once
		err := write(st, func(tx *store.Tx) error {
			if err := tx.ExtendSession(sessions[i]); err != nil {
				return err
			}
			once.Do(func() { met.Done(); met.Wait() })
			return tx.ExtendSession(sessions[1-i])
		})
		if err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	})
}

// stumble makes the server refuse so many inserts of an event by 40001. A sequence
// remembers what a rolled-back transaction counted.
func stumble(t *testing.T, url string, times string) {
	t.Helper()
	exec(t, url,
		"CREATE SEQUENCE attempts",
		`CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('attempts') <= `+times+` THEN
				RAISE EXCEPTION 'planted' USING ERRCODE = 'serialization_failure';
			END IF;
			RETURN NEW;
		END $$`,
		"CREATE TRIGGER stumble BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION stumble()",
	)
}

func TestALostRaceIsRunAgain(t *testing.T) {
	url := PostgresSchema(t)
	st := Open(t, url, newClock().Now)
	stumble(t, url, "3")
	link, runs := models.NewID(epoch), 0
	must(t, write(st, func(tx *store.Tx) error {
		runs++
		return tx.InsertEvent(eventOf(link))
	}))
	events, err := st.Read(context.Background()).EventsOf(project, link)
	must(t, err)
	if runs != 4 || len(events) != 1 {
		t.Errorf("%d runs kept %d events, want 4 and 1", runs, len(events))
	}
}

func TestARaceLostTooOftenIsUnavailable(t *testing.T) {
	url := PostgresSchema(t)
	st := Open(t, url, newClock().Now)
	stumble(t, url, "1000")
	event := eventOf(models.NewID(epoch))
	wantErr(t, write(st, func(tx *store.Tx) error { return tx.InsertEvent(event) }), store.ErrUnavailable)
}

func TestABackendTerminatedInATransaction(t *testing.T) {
	url := PostgresSchema(t)
	db := raw(t, url)
	st := Open(t, named(t, url, t.Name()), newClock().Now)
	user, email := person("ada@example.com")
	err := write(st, func(tx *store.Tx) error {
		if _, _, err := tx.EnsurePerson(user, email); err != nil {
			return err
		}
		terminate(t, db, t.Name(), "idle in transaction")
		_, err := tx.EmailByIdentity(project, email.Identity)
		return err
	})
	wantErr(t, err, store.ErrUnavailable)
	wantUnknown(t, st, user)
	started(t, st, "ada@example.com")
}

// The same just before COMMIT, where there is no statement left to fail.
func TestABackendTerminatedBeforeCommit(t *testing.T) {
	url := PostgresSchema(t)
	db := raw(t, url)
	st := Open(t, named(t, url, t.Name()), newClock().Now)
	user, email := person("ada@example.com")
	err := write(st, func(tx *store.Tx) error {
		_, _, err := tx.EnsurePerson(user, email)
		terminate(t, db, t.Name(), "idle in transaction")
		return err
	})
	wantErr(t, err, store.ErrUnavailable)
	wantUnknown(t, st, user)
}

// As after a restart of the server: every idle connection is dead, and the pool
// finds out one by one at worst.
func TestThePoolRecoversFromDeadConnections(t *testing.T) {
	const connections = 4 // the smallest pool there is
	url := PostgresSchema(t)
	db := raw(t, url)
	st := Open(t, named(t, url, t.Name()), newClock().Now)
	var together sync.WaitGroup
	together.Add(connections)
	race(connections, func(int) {
		if err := write(st, func(*store.Tx) error { together.Done(); together.Wait(); return nil }); err != nil {
			t.Error(err)
		}
	})
	terminate(t, db, t.Name(), "idle")
	for range connections {
		user, email := person("ada@example.com")
		err := write(st, func(tx *store.Tx) error { _, _, err := tx.EnsurePerson(user, email); return err })
		if err == nil {
			break
		}
		wantErr(t, err, store.ErrUnavailable)
	}
	started(t, st, "ada@example.com")
}

// A changed password, a role that may not log in, a limit on connections: whoever
// cannot connect says so as if the server were down.
func TestAServerThatLetsNobodyInIsUnavailable(t *testing.T) {
	server := PostgresSchema(t)
	role := "test_" + strings.ToLower(rand.Text())
	exec(t, server, "CREATE ROLE "+role+" LOGIN SUPERUSER")
	st := Open(t, named(t, as(t, server, role), role), newClock().Now)
	started(t, st, "ada@example.com")

	db := raw(t, server)
	exec(t, server, "ALTER ROLE "+role+" NOLOGIN")
	terminate(t, db, role, "idle")
	for range 2 { // the first may meet the dead connection
		event := eventOf(models.NewID(epoch))
		wantErr(t, write(st, func(tx *store.Tx) error { return tx.InsertEvent(event) }), store.ErrUnavailable)
	}
	exec(t, server, "ALTER ROLE "+role+" LOGIN")
	started(t, st, "ada@example.com")
	must(t, st.Close())
	exec(t, server, "REASSIGN OWNED BY "+role+" TO CURRENT_USER", "DROP ROLE "+role)
}

// as is the URL for another role.
func as(t *testing.T, server, role string) string {
	t.Helper()
	parsed, err := url.Parse(server)
	must(t, err)
	parsed.User = url.User(role)
	return parsed.String()
}
