package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/store"
)

// What is only written goes to PostgreSQL with the next question or with COMMIT. That it is
// kept, or not, as if it had gone at once, the other tests say.

// A start asks three times: for the mailbox, for the person, and for COMMIT with all that is
// to be written.
func TestWhatAStartWritesWaitsForItsCommit(t *testing.T) {
	url := PostgresSchema(t)
	db := raw(t, url)
	st := Open(t, named(t, url, t.Name()), newClock().Now)
	user, email := person("ada@example.com")
	must(t, write(st, func(tx *store.Tx) error {
		if _, err := tx.LockStarts(models.Mailbox{ProjectID: project, Hash: []byte{1}}); err != nil {
			return err
		}
		if _, err := tx.FindPerson(project, email.Identity); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := tx.InsertPerson(user, email); err != nil {
			return err
		}
		link, mail := linkFor(email)
		if err := tx.InsertLink(link, mail); err != nil {
			return err
		}
		var last string
		must(t, db.QueryRow("SELECT query FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle in transaction'", t.Name()).Scan(&last))
		if want := "FROM bounce_records"; !strings.Contains(last, want) {
			t.Errorf("after all was written the last statement sent was %q, want the last of those that look for the person", last)
		}
		return nil
	}))
	_, err := st.Read(context.Background()).User(project, user.ID)
	must(t, err)
}

// Whoever writes a new person second starts over, and finds the first.
func TestTheSecondOfTwoStartsOver(t *testing.T) {
	url := PostgresSchema(t)
	st := Open(t, url, newClock().Now)
	first, firstEmail := person("ada@example.com")
	second, secondEmail := person("ada@example.com")
	runs := 0
	var known *store.Known
	must(t, write(st, func(tx *store.Tx) (err error) {
		runs++
		known, err = tx.FindPerson(project, secondEmail.Identity)
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		must(t, write(st, func(faster *store.Tx) error { return faster.InsertPerson(first, firstEmail) }))
		return tx.InsertPerson(second, secondEmail)
	}))
	if runs != 2 || known == nil || known.Email.UserID != first.ID {
		t.Errorf("%d runs found %+v, want 2 and the first's address", runs, known)
	}
	wantUnknown(t, st, second)
}

// A connection whose transaction came to nothing is nobody's burden: not the next one's,
// and no lock stays.
func TestNoTransactionStaysOpen(t *testing.T) {
	url := PostgresSchema(t)
	db := raw(t, url)
	st := Open(t, named(t, url, t.Name()), newClock().Now)
	started(t, st, "ada@example.com")
	refusal := errors.New("refused")
	ends := map[string]func(cancel func()) error{
		"a refusal":      func(func()) error { return refusal },
		"a panic":        func(func()) error { panic("planted") },
		"a cancellation": func(cancel func()) error { cancel(); return refusal },
	}
	for name, end := range ends {
		ctx, cancel := context.WithCancel(context.Background())
		err := st.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.FindPerson(project, "ada@example.com"); err != nil {
				return err
			}
			return end(cancel)
		})
		cancel()
		if err == nil {
			t.Errorf("%s is told yes", name)
		}
		var open int
		must(t, db.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state LIKE 'idle in transaction%'", t.Name()).Scan(&open))
		if open != 0 {
			t.Errorf("after %s %d transactions are open", name, open)
		}
	}
}
