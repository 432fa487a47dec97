package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// owed writes a link for ada with a mail that is due after the delay.
func owed(t *testing.T, st *store.Store, delay time.Duration) models.ID {
	t.Helper()
	var mail models.QueuedMail
	must(t, write(st, func(tx *store.Tx) error {
		user, email := person("ada@example.com")
		ada, _, err := tx.EnsurePerson(user, email)
		if err != nil {
			return err
		}
		var link models.MagicLink
		link, mail = linkFor(*ada)
		mail.NextAttemptAt = mail.NextAttemptAt.Add(delay)
		return tx.InsertLink(link, mail)
	}))
	return mail.ID
}

func wantDue(t *testing.T, st *store.Store, limit int, want ...models.ID) {
	t.Helper()
	got, err := st.DueMails(context.Background(), limit)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Fatalf("due: got %v, want %v", got, want)
	}
}

func wantNextAt(t *testing.T, st *store.Store, want *models.Instant) {
	t.Helper()
	got, err := st.NextMailAt(context.Background())
	must(t, err)
	if (got == nil) != (want == nil) || got != nil && *got != *want {
		t.Fatalf("next mail: got %v, want %v", got, want)
	}
}

func claim(t *testing.T, st *store.Store, id models.ID) *store.OwedMail {
	t.Helper()
	mail, err := ClaimMail(context.Background(), st, id, time.Minute)
	must(t, err)
	return mail
}

func TestMailsFallDueInOrder(t *testing.T) {
	clock := newClock()
	EachAt(t, clock.Now, func(t *testing.T, st *store.Store) {
		wantDue(t, st, 9)
		wantNextAt(t, st, nil)
		later := owed(t, st, -time.Second)
		soonest := owed(t, st, -time.Minute)
		notYet := owed(t, st, 30*time.Minute)

		wantDue(t, st, 9, soonest, later)
		wantDue(t, st, 1, soonest)
		wantNextAt(t, st, models.At(epoch.Add(-time.Minute)).Ptr())

		claim(t, st, soonest)
		wantDue(t, st, 9, later)
		wantNextAt(t, st, models.At(epoch.Add(-time.Second)).Ptr())

		claim(t, st, later)
		wantDue(t, st, 9)
		wantNextAt(t, st, models.At(epoch.Add(30*time.Minute)).Ptr())

		_, err := ClaimMail(context.Background(), st, notYet, time.Minute)
		wantErr(t, err, store.ErrConflict)
	})
}

func TestOfFiftyClaimsOneWins(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, mail := started(t, st, "ada@example.com")
		var won sync.Map
		race(50, func(i int) {
			owed, err := ClaimMail(context.Background(), st, mail.ID, time.Minute)
			switch {
			case err == nil:
				won.Store(i, *owed)
			case !errors.Is(err, store.ErrConflict):
				t.Error(err)
			}
		})
		_, email := known(t, st, "ada@example.com")
		claims := 0
		won.Range(func(_, got any) bool {
			claims++
			mail.ClaimedUntil = got.(store.OwedMail).Mail.ClaimedUntil
			if want := (store.OwedMail{Mail: mail, Link: link, Email: email}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			return true
		})
		if claims != 1 {
			t.Fatalf("%d claims won, want 1", claims)
		}
	})
}

// A claim that ends at once stands for one whose holder died: on PostgreSQL leases
// run by the server's clock, which no test can move.
func TestAClaimEndsByItself(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		mail := owed(t, st, 0)
		_, err := ClaimMail(context.Background(), st, mail, -time.Second)
		must(t, err)
		wantDue(t, st, 9, mail)
		claim(t, st, mail)
		wantDue(t, st, 9)
	})
}

func TestAMailIsSettledOnceWithItsEvent(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		link, mail := started(t, st, "ada@example.com")
		claim(t, st, mail.ID)
		sent, again := eventOf(link.ID), eventOf(link.ID)
		must(t, settled(st, mail.ID, models.MailSent, &sent))
		wantErr(t, settled(st, mail.ID, models.MailBounced, &again), store.ErrConflict)
		wantErr(t, st.DeferMail(ctx, mail, models.At(epoch), "450"), store.ErrConflict)
		wantErr(t, st.ReleaseMail(ctx, mail.ID, "421"), store.ErrConflict)
		_, err := ClaimMail(ctx, st, mail.ID, time.Minute)
		wantErr(t, err, store.ErrConflict)
		wantDue(t, st, 9)
		wantNextAt(t, st, nil)

		events, err := st.Read(ctx).EventsOf(project, link.ID)
		must(t, err)
		if len(events) != 1 || events[0].ID != sent.ID {
			t.Errorf("got %d events, want the first settlement's only", len(events))
		}
	})
}

// What is over keeps no address: the person may be deleted, and nothing finds it then.
func TestASettledMailNamesNoAddress(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		st := Open(t, url, newClock().Now)
		mail := models.QueuedMail{ID: models.NewID(epoch), ProjectID: project, Status: models.MailQueued, Address: "ada@example.com"}
		must(t, write(st, func(tx *store.Tx) error { return tx.InsertMail(mail) }))
		event := eventOf(mail.LinkID)
		must(t, settled(st, mail.ID, models.MailSent, &event))
		if strings.Contains(Dump(t, url), "ada@example.com") {
			t.Error("the database still holds the address")
		}
	})
}

func TestAMailWhoseEventFailsIsNotSettled(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, mail := started(t, st, "ada@example.com")
		event := eventOf(link.ID)
		must(t, write(st, func(tx *store.Tx) error { return tx.InsertEvent(event) }))
		wantErr(t, settled(st, mail.ID, models.MailSent, &event), store.ErrConflict)
		if got := claim(t, st, mail.ID).Mail; got.Attempts != 0 || got.LastReply != "" {
			t.Errorf("got %+v, want the mail as it was", got)
		}
	})
}

func TestADeferredMailWaits(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		mail := owed(t, st, 0)
		claim(t, st, mail)
		must(t, st.DeferMail(context.Background(), models.QueuedMail{ID: mail}, models.At(epoch.Add(time.Minute)), "450 4.2.0"))
		wantDue(t, st, 9)
		wantNextAt(t, st, models.At(epoch.Add(time.Minute)).Ptr())

		clock.Advance(time.Minute)
		wantDue(t, st, 9, mail)
		if got := claim(t, st, mail).Mail; got.Attempts != 1 || got.LastReply != "450 4.2.0" {
			t.Errorf("got %d attempts and reply %q, want 1 and 450 4.2.0", got.Attempts, got.LastReply)
		}
	})
}

func TestAReleasedMailHasMadeNoAttempt(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		mail := owed(t, st, 0)
		claim(t, st, mail)
		must(t, st.ReleaseMail(context.Background(), mail, "relay down"))
		wantDue(t, st, 9, mail)
		if got := claim(t, st, mail).Mail; got.Attempts != 0 || got.LastReply != "relay down" {
			t.Errorf("got %d attempts and reply %q, want 0 and relay down", got.Attempts, got.LastReply)
		}
	})
}

// What was written before the clock was set back lies in a future that no pause
// reaches, and must not wait for it.
func TestTheQueueGoesOnWhenTheClockIsSetBack(t *testing.T) {
	c := newClock()
	EachAt(t, c.Now, func(t *testing.T, st *store.Store) {
		deferred, held := owed(t, st, 2*time.Hour), owed(t, st, 0)
		if _, err := ClaimMail(context.Background(), st, held, 2*time.Hour); err != nil {
			t.Fatal(err)
		}
		due, err := st.DueMails(context.Background(), 10)
		must(t, err)
		if !slices.Contains(due, deferred) {
			t.Error("a mail put off for longer than any pause is not due")
		}
		// On PostgreSQL claims are by the server's clock, which no process sets back.
		if strings.HasSuffix(t.Name(), "/sqlite") && !slices.Contains(due, held) {
			t.Error("a mail held for longer than any claim is not due")
		}
	})
}
