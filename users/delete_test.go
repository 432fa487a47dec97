package users

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
	"latchkey/store/storetest"
)

// fill gives the person of a link so many more links, each with its mail, and sessions.
func (w *world) fill(f flow, n int) {
	w.Helper()
	now := models.At(w.clock.Now())
	fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
		for range n {
			link := models.MagicLink{
				ID: models.NewID(epoch), ProjectID: project, UserID: f.link.UserID, EmailID: f.link.EmailID, KeyID: 1,
				Kind: models.LinkLogin, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
			}
			mail := models.QueuedMail{ID: link.ID, ProjectID: project, LinkID: link.ID, Status: models.MailQueued, ExpiresAt: link.ExpiresAt}
			if err := tx.InsertLink(link, mail); err != nil {
				return err
			}
			session := models.Session{ID: models.NewID(epoch), ProjectID: project, UserID: f.link.UserID, FactorID: f.link.EmailID, TokenID: models.NewID(epoch)}
			if err := tx.InsertSession(session); err != nil {
				return err
			}
		}
		return nil
	}))
}

// More than one batch of everything goes, and nothing of anybody else's.
func TestADeletionTakesEverythingOfOnePerson(t *testing.T) {
	eachWorld(t, func(w *world) {
		const n = 1100
		gone, stays := w.started(ada), w.started("bob@example.com")
		w.fill(gone, n)
		w.fill(stays, n)
		_, err := w.Delete(ctx, project, public(gone.link.UserID))
		fatal(w, err)
		w.wantWhole()
		for table, want := range map[string]int{
			"users": 1, "emails": 1, "magic_links": n + 1, "queued_mails": n + 1, "sessions": n,
		} {
			if got := w.count("SELECT count(*) FROM " + table); got != want {
				w.Errorf("%s: got %d rows, want %d", table, got, want)
			}
		}
		if got := w.count("SELECT count(*) FROM events WHERE kind = 'mail.expired' AND detail = 'user_deleted'"); got != n+1 {
			w.Errorf("got %d mails in the history, want %d", got, n+1)
		}
	})
}

// eventsOf are the kinds of what happened to an address, each with its detail, in order.
func (w *world) eventsOf(address string) (kinds []string) {
	w.Helper()
	rows, err := w.db.Query("SELECT kind, detail, address_hash FROM events ORDER BY id")
	fatal(w, err)
	defer rows.Close()
	for rows.Next() {
		var kind, detail string
		var hash []byte
		fatal(w, rows.Scan(&kind, &detail, &hash))
		if bytes.Equal(hash, w.Keys.HashAddress(address)) {
			kinds = append(kinds, strings.TrimSpace(kind+" "+detail))
		}
	}
	fatal(w, rows.Err())
	return kinds
}

// TestADeletedPersonLeavesOnlyAHash looks for the person in every row of the database.
func TestADeletedPersonLeavesOnlyAHash(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock(epoch)
		w := newWorld(t, storetest.Open(t, url, clock.Now), clock)
		w.db = openRaw(t, url)
		person, err := w.Create(ctx, CreateRequest{ProjectID: project, Email: "lovelace@example.com", Profile: profile.Changes{
			FirstName: new("Lovelace"), ExternalID: new("lovelace"), TrustedMetadata: models.Object{"note": "lovelace"},
		}})
		fatal(t, err)
		clock.Advance(time.Millisecond) // events come in the order of their time
		f := w.started("lovelace@example.com")
		_, err = w.redeem(f)
		fatal(t, err)
		clock.Advance(time.Millisecond)
		fatal(t, w.Store.Write(ctx, func(tx *store.Tx) error { // a notice, which names its address
			return tx.InsertMail(models.QueuedMail{
				ID: models.NewID(epoch), ProjectID: project, LinkID: f.link.LinkID, Status: models.MailQueued,
				Template: "address_added", Address: "lovelace@example.com",
			})
		}))
		if !strings.Contains(storetest.Dump(t, url), "lovelace") {
			t.Fatal("the dump does not hold the person; is it a dump at all?")
		}
		_, err = w.Delete(ctx, project, public(person.User.ID))
		fatal(t, err)
		if dump := strings.ToLower(storetest.Dump(t, url)); strings.Contains(dump, "lovelace") {
			t.Error("the database still holds the person")
		}
		got := w.eventsOf("lovelace@example.com")
		slices.Sort(got)
		want := []string{"link.redeemed login", "mail.expired user_deleted", "mail.expired user_deleted", "user.created", "user.deleted"}
		if !slices.Equal(got, want) {
			t.Errorf("got the history %q, want %q", got, want)
		}
	})
}

func TestTheHistoryOfAnExchange(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.started(ada)
		_, err := w.Exchange(ctx, project, public(f.link.UserID), "New@Example.com")
		fatal(w, err)
		for address, want := range map[string][]string{
			ada:               {"email.deleted exchanged", "mail.expired address_exchanged"},
			"new@example.com": {"email.added exchanged"},
		} {
			got := w.eventsOf(address)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				w.Errorf("%s: got the history %q, want %q", address, got, want)
			}
		}
	})
}

// A mail that a sender holds is its to settle.
func TestAHeldMailIsNotSettledTwice(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.started(ada)
		owed, err := storetest.ClaimMail(ctx, w.Store, f.link.LinkID, time.Minute)
		fatal(w, err)
		_, err = w.Delete(ctx, project, public(f.link.UserID))
		fatal(w, err)
		if got := w.eventsOf(ada); !slices.Equal(got, []string{"user.deleted"}) {
			w.Errorf("got the history %q, want the deletion only", got)
		}
		token, err := w.Keys.Seal(1, sealed.Link, owed.Link.ID)
		fatal(w, err)
		_, err = w.redeem(flow{token: token, verifier: f.verifier})
		w.wantOneOf("redeem", err, problem.UnableToAuthMagicLink)
	})
}

// Every accepted mail ends in the history, also one to an address that the person does not
// have any more by then.
func TestADeletionEndsAMailToAnAddressThatWasNotProvenInTime(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.started(ada)
		attached, err := w.links.Send(ctx, magiclink.SendRequest{User: public(f.link.UserID), StartRequest: magiclink.StartRequest{
			ProjectID: project, Email: "second@example.com", Challenge: magiclink.ChallengeOf(magiclink.NewVerifier()),
		}})
		fatal(w, err)
		w.clock.Advance(10 * time.Minute)
		_, err = w.Delete(ctx, project, public(f.link.UserID))
		fatal(w, err)
		events, err := w.Store.Read(ctx).EventsOf(project, attached.LinkID)
		fatal(w, err)
		if len(events) != 1 || events[0].Kind != models.EventMailExpired || !bytes.Equal(events[0].AddressHash, w.Keys.HashAddress("second@example.com")) {
			t.Errorf("got %+v, want one %s of the address", events, models.EventMailExpired)
		}
		w.wantWhole()
	})
}
