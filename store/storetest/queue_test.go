package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// Two replicas, each with several senders that have looked at the same queue, claim in
// batches that overlap.
func TestEachMailIsClaimedByOneOfManyBatches(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		replicas := []*store.Store{Open(t, url, newClock().Now), Open(t, url, newClock().Now)}
		ids := owedMany(t, replicas[0], 240)
		var holders sync.Map
		race(8, func(i int) {
			mine := slices.Clone(ids)
			rand.Shuffle(len(mine), func(a, b int) { mine[a], mine[b] = mine[b], mine[a] })
			for batch := range slices.Chunk(mine, 16) {
				owed, err := replicas[i%2].ClaimMails(context.Background(), batch, time.Minute)
				if err != nil {
					t.Error(err)
				}
				for _, o := range owed {
					if _, held := holders.LoadOrStore(o.Mail.ID, i); held {
						t.Errorf("%s was claimed twice", o.Mail.ID)
					}
				}
			}
		})
		for _, id := range ids {
			if _, held := holders.Load(id); !held {
				t.Errorf("%s was claimed by nobody", id)
			}
		}
	})
}

// owedMany writes links of n people, each with a mail that is due.
func owedMany(t *testing.T, st *store.Store, n int) []models.ID {
	t.Helper()
	ids := make([]models.ID, n)
	must(t, write(st, func(tx *store.Tx) error {
		for i := range ids {
			user, email := person(fmt.Sprintf("person%d@example.com", i))
			known, _, err := tx.EnsurePerson(user, email)
			if err != nil {
				return err
			}
			link, mail := linkFor(*known)
			ids[i] = mail.ID
			if err := tx.InsertLink(link, mail); err != nil {
				return err
			}
		}
		return nil
	}))
	return ids
}

// What is claimed together comes with the rows that each would come with alone.
func TestABatchComesWithEachMailsOwnRows(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ids := owedMany(t, st, 3)
		bounced, err := st.Read(context.Background()).Mail(ids[1])
		must(t, err)
		orphan := models.QueuedMail{ID: models.NewID(epoch), ProjectID: project, LinkID: models.NewID(epoch), Status: models.MailQueued}
		notice := models.QueuedMail{
			ID: models.NewID(epoch), ProjectID: project, LinkID: bounced.Link.ID, Status: models.MailQueued,
			Template: models.TemplateAddressAdded, Address: "old@example.com",
		}
		must(t, write(st, func(tx *store.Tx) error {
			record := models.BounceRecord{EmailID: bounced.Email.ID, ProjectID: project, LastReply: "550 5.1.1", LastBounceAt: models.At(epoch)}
			_, err := tx.CountBounce(record, 3)
			return errors.Join(err, tx.InsertMail(orphan), tx.InsertMail(notice))
		}))
		ids = append(ids, orphan.ID, notice.ID)
		owed, err := st.ClaimMails(context.Background(), ids, time.Minute)
		must(t, err)
		if len(owed) != len(ids) {
			t.Fatalf("got %d mails, want %d", len(owed), len(ids))
		}
		for _, got := range owed {
			want, err := st.Read(context.Background()).Mail(got.Mail.ID)
			must(t, err)
			if got != *want {
				t.Errorf("got  %+v\nwant %+v", got, *want)
			}
			if bounces := got.Bounces.Bounces; (bounces == 1) != (got.Mail.ID == ids[1]) {
				t.Errorf("%s: got %d bounces, and only %s has one", got.Mail.ID, bounces, ids[1])
			}
			if got.Gone() != (got.Mail.ID == orphan.ID) {
				t.Errorf("%s: got it gone: %v, and only %s has no link", got.Mail.ID, got.Gone(), orphan.ID)
			}
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

// Who writes a mail may claim it in the same transaction, and by the same clock.
func TestAMailCanBeClaimedAsItIsWritten(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		_, unclaimed := started(t, st, "ada@example.com")
		_, email := known(t, st, "ada@example.com")
		link, mail := linkFor(email)
		must(t, write(st, func(tx *store.Tx) error {
			if err := tx.InsertLink(link, mail); err != nil {
				return err
			}
			return tx.ClaimOwn(mail.ID, time.Minute)
		}))
		wantDue(t, st, 9, unclaimed.ID)
		_, err := ClaimMail(context.Background(), st, mail.ID, time.Minute)
		wantErr(t, err, store.ErrConflict)
		must(t, st.ReleaseMail(context.Background(), mail.ID, ""))
		first := claim(t, st, mail.ID)
		must(t, st.ReleaseMail(context.Background(), mail.ID, ""))
		must(t, write(st, func(tx *store.Tx) error { return tx.ClaimOwn(mail.ID, time.Minute) }))
		owed, err := st.Read(context.Background()).Mail(mail.ID)
		must(t, err)
		if apart := owed.Mail.ClaimedUntil.Time().Sub(first.Mail.ClaimedUntil.Time()); apart < 0 || apart > 10*time.Second {
			t.Errorf("the two claims end %s apart", apart)
		}
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

func TestMailsAreSettledTogetherOrNotAtAll(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		settle := func(ids ...models.ID) error {
			var events []models.Event
			for _, id := range ids {
				events = append(events, eventOf(id))
			}
			return write(st, func(tx *store.Tx) error { return tx.SettleMails(ids, models.MailSent, "250", events) })
		}
		wantEvents := func(id models.ID, want int) {
			t.Helper()
			events, err := st.Read(context.Background()).EventsOf(project, id)
			must(t, err)
			if len(events) != want {
				t.Errorf("got %d events of %s, want %d", len(events), id, want)
			}
		}
		ids := owedMany(t, st, 4)
		must(t, settle(ids[0], ids[1]))
		for _, id := range ids[:2] {
			owed, err := st.Read(context.Background()).Mail(id)
			must(t, err)
			mail := owed.Mail
			if mail.Status != models.MailSent || mail.Attempts != 1 || mail.LastReply != "250" || mail.FinishedAt == nil {
				t.Errorf("got %+v, want it sent with one attempt", mail)
			}
			wantEvents(id, 1)
		}
		wantErr(t, settle(ids[2], ids[1]), store.ErrConflict)
		wantErr(t, settle(ids[2], models.NewID(epoch)), store.ErrConflict)
		wantEvents(ids[1], 1)
		wantEvents(ids[2], 0)
		if got := claim(t, st, ids[2]).Mail; got.Status != models.MailQueued || got.Attempts != 0 {
			t.Errorf("got %+v, want it as it was", got)
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
