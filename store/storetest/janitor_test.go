package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func wantPurged(t *testing.T, st *store.Store, want int64) {
	t.Helper()
	got, err := st.Purge(context.Background())
	must(t, err)
	if got != want {
		t.Fatalf("purged %d rows, want %d", got, want)
	}
}

func settle(t *testing.T, st *store.Store, mail models.QueuedMail) {
	t.Helper()
	event := eventOf(mail.LinkID)
	must(t, settled(st, mail.ID, models.MailSent, &event))
}

// Each kind of row dies at its own time; a week later, and not before, it goes.
func TestTheJanitorTakesWhatDiedAWeekAgo(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		link, mail := started(t, st, "ada@example.com")
		settle(t, st, mail)
		session, revoked := signedIn(t, st), signedIn(t, st)
		must(t, revoke(st, project, revoked.ID, time.Minute))

		wantPurged(t, st, 0)
		clock.Advance(store.KeptFor)
		wantPurged(t, st, 0)
		clock.Advance(time.Millisecond)
		wantPurged(t, st, 1) // the event, made at the epoch
		clock.Advance(time.Minute)
		wantPurged(t, st, 1) // the session revoked after a minute
		clock.Advance(time.Hour - time.Minute)
		wantPurged(t, st, 4) // mail, link, session and, without a link, the person

		ctx := context.Background()
		_, err := st.Read(ctx).Link(link.ID)
		wantErr(t, err, store.ErrNotFound)
		_, err = st.Read(ctx).Session(project, session.ID)
		wantErr(t, err, store.ErrNotFound)
		_, err = st.Read(ctx).EmailByIdentity(project, "ada@example.com")
		wantErr(t, err, store.ErrNotFound)
		_, err = st.Read(ctx).User(project, link.UserID)
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestTheJanitorSparesWhoCameInAndWhoMayYet(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		_, mail := started(t, st, "ada@example.com")
		settle(t, st, mail)
		_, ada := known(t, st, "ada@example.com")
		must(t, write(st, func(tx *store.Tx) error { return tx.ProveEmail(ada, models.At(epoch)) }))
		must(t, write(st, func(tx *store.Tx) error {
			user, email := person("bob@example.com")
			if _, _, err := tx.EnsurePerson(user, email); err != nil {
				return err
			}
			link, mail := linkFor(email)
			link.ExpiresAt = link.ExpiresAt.Add(30 * 24 * time.Hour)
			return tx.InsertLink(link, mail)
		}))
		clock.Advance(store.KeptFor + 2*time.Hour)
		wantPurged(t, st, 3) // ada's link, its mail and its event
		known(t, st, "ada@example.com")
		known(t, st, "bob@example.com")
	})
}

// After a week without this program a mail may still be owed for a link long dead;
// it is settled first.
func TestTheJanitorSparesWhatAnOwedMailIsMadeFrom(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		_, mail := started(t, st, "ada@example.com")
		clock.Advance(store.KeptFor + 2*time.Hour)
		wantPurged(t, st, 0)
		claim(t, st, mail.ID)
		settle(t, st, mail)
		wantPurged(t, st, 4) // mail, link, person and, made at the epoch, the event
	})
}

func TestTheJanitorTakesMoreThanOneBatch(t *testing.T) {
	const rows = 1100
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		must(t, write(st, func(tx *store.Tx) error {
			for range rows {
				if err := tx.InsertEvent(eventOf(models.ID{})); err != nil {
					return err
				}
			}
			return nil
		}))
		must(t, write(st, func(tx *store.Tx) error {
			for i := range rows {
				user, email := person(fmt.Sprintf("%d@example.com", i))
				if _, _, err := tx.EnsurePerson(user, email); err != nil {
					return err
				}
			}
			return nil
		}))
		clock.Advance(store.KeptFor + time.Hour)
		wantPurged(t, st, 2*rows)
		wantPurged(t, st, 0)
	})
}

// A stranger's last link died long ago and the janitor is at the door when the next
// start comes: whoever is first, the new link has its person.
func TestAStartThatRacesTheJanitorHasItsPerson(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		const strangers = 50
		address := func(i int) string { return fmt.Sprintf("%d@example.com", i) }
		for i := range strangers {
			user, email := person(address(i))
			must(t, write(st, func(tx *store.Tx) error { _, _, err := tx.EnsurePerson(user, email); return err }))
		}
		clock.Advance(store.KeptFor + time.Hour)
		race(strangers+5, func(i int) {
			if i%11 == 0 {
				if _, err := st.Purge(context.Background()); err != nil {
					t.Error(err)
				}
				return
			}
			if err := restart(st, address(i%strangers), clock.Now()); err != nil {
				t.Error(err)
			}
		})
		for i := range strangers {
			if i%11 != 0 {
				known(t, st, address(i))
			}
		}
	})
}

// restart writes a link made now, with its person if need be.
func restart(st *store.Store, identity string, now time.Time) error {
	return write(st, func(tx *store.Tx) error {
		user, email := person(identity)
		found, _, err := tx.EnsurePerson(user, email)
		if err != nil {
			return err
		}
		link, mail := linkFor(*found)
		link.ID, link.ExpiresAt = models.NewID(now), models.At(now.Add(time.Hour))
		mail.ID, mail.LinkID, mail.ExpiresAt = models.NewID(now), link.ID, link.ExpiresAt
		return tx.InsertLink(link, mail)
	})
}

// On PostgreSQL the two can be made to meet: the start holds the address while the
// janitor passes. (SQLite has one writer.)
func TestTheJanitorPassesAnAddressThatAStartHolds(t *testing.T) {
	clock := newClock()
	st := Open(t, PostgresSchema(t), clock.Now)
	user, email := person("ada@example.com")
	must(t, write(st, func(tx *store.Tx) error { _, _, err := tx.EnsurePerson(user, email); return err }))
	clock.Advance(store.KeptFor + time.Hour)
	must(t, write(st, func(tx *store.Tx) error {
		found, created, err := tx.EnsurePerson(person("ada@example.com"))
		if err != nil {
			return err
		}
		if created {
			return errors.New("ada is not known any more")
		}
		wantPurged(t, st, 0)
		link, mail := linkFor(*found)
		link.ExpiresAt = models.At(clock.Now().Add(time.Hour))
		return tx.InsertLink(link, mail)
	}))
	wantPurged(t, st, 0)
	known(t, st, "ada@example.com")
}
