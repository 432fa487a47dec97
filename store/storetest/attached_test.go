package storetest

import (
	"context"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// attached writes an address that waits for five minutes to be proven as ada's.
func attached(t *testing.T, st *store.Store, address string) models.Email {
	t.Helper()
	user, _ := known(t, st, "ada@example.com")
	email := models.Email{
		ID: models.NewID(epoch), ProjectID: project, UserID: user.ID, Address: address,
		AttachedUntil: models.At(epoch).Add(5 * time.Minute).Ptr(), CreatedAt: models.At(epoch),
	}
	email.Identity = models.AttachedIdentity(email.ID)
	must(t, write(st, func(tx *store.Tx) error { return tx.InsertEmail(email) }))
	return email
}

func addressesOf(t *testing.T, st *store.Store, user models.ID) (addresses []string) {
	t.Helper()
	emails, err := st.Read(context.Background()).EmailsOf(project, user)
	must(t, err)
	for _, email := range emails {
		addresses = append(addresses, email.Address)
	}
	return addresses
}

func TestAnAttachedAddressIsKnownByItsOwnerOnly(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		started(t, st, "ada@example.com")
		email := attached(t, st, "bob@example.com")
		attached(t, st, "bob@example.com") // another row may claim the same
		if _, err := st.Read(context.Background()).EmailByIdentity(project, "bob@example.com"); err == nil {
			t.Error("an unproven address is an identity")
		}
		if got := addressesOf(t, st, email.UserID); len(got) != 3 {
			t.Errorf("got %v, want ada's own and both", got)
		}
		clock.Advance(5 * time.Minute)
		if got := addressesOf(t, st, email.UserID); len(got) != 1 {
			t.Errorf("five minutes later: got %v, want ada's own", got)
		}
	})
}

func TestAnAttachedAddressIsProvenInTimeAndOnce(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		started(t, st, "ada@example.com")
		email, twin := attached(t, st, "bob@example.com"), attached(t, st, "bob@example.com")
		prove := func(email models.Email, after time.Duration) error {
			email.Identity = "bob@example.com"
			return write(st, func(tx *store.Tx) error { return tx.ProveAttached(email, models.At(epoch.Add(after))) })
		}
		wantErr(t, prove(email, 5*time.Minute), store.ErrConflict)
		must(t, write(st, func(tx *store.Tx) error {
			longer := email
			longer.AttachedUntil = models.At(epoch).Add(8 * time.Minute).Ptr()
			return tx.KeepAttached(longer)
		}))
		must(t, prove(email, 8*time.Minute-time.Millisecond))
		user, proven := known(t, st, "bob@example.com")
		if proven.ID != email.ID || proven.VerifiedAt == nil || proven.Attached() || user.Status != models.UserActive {
			t.Errorf("got %+v of %+v, want it proven, of an active person", proven, user)
		}
		wantErr(t, prove(email, 0), store.ErrConflict)
		wantErr(t, prove(twin, 0), store.ErrConflict)
		wantErr(t, write(st, func(tx *store.Tx) error { return tx.KeepAttached(proven) }), store.ErrConflict)
	})
}

func TestTheJanitorForgetsWhatWasNotProven(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		started(t, st, "ada@example.com")
		_, ada := known(t, st, "ada@example.com")
		must(t, write(st, func(tx *store.Tx) error { return tx.ProveEmail(ada, models.At(epoch)) }))
		email := attached(t, st, "bob@example.com")
		for _, step := range []struct {
			after time.Duration
			there bool
		}{{store.KeptFor, true}, {10 * time.Minute, false}} {
			clock.Advance(step.after)
			_, err := st.Purge(context.Background())
			must(t, err)
			if _, err = st.Read(context.Background()).Email(project, email.ID); (err == nil) != step.there {
				t.Errorf("%s: got %v, want it there: %v", clock.Now(), err, step.there)
			}
		}
		known(t, st, "ada@example.com")
	})
}

func TestAStrangerIsDroppedWithTheirLinks(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		link, _ := started(t, st, "bob@example.com")
		other, _ := started(t, st, "ada@example.com")
		user, email := known(t, st, "bob@example.com")
		drop := func(email models.Email) error {
			return write(st, func(tx *store.Tx) error { return tx.DropStranger(email, models.At(epoch)) })
		}
		must(t, drop(email))
		wantUnknown(t, st, user)
		for id, revoked := range map[models.ID]bool{link.ID: true, other.ID: false} {
			got, err := st.Read(context.Background()).Link(id)
			must(t, err)
			if (got.RevokedAt != nil) != revoked {
				t.Errorf("link of %s: got revoked at %v, want revoked: %v", got.UserID, got.RevokedAt, revoked)
			}
		}
		_, proven := known(t, st, "ada@example.com")
		must(t, write(st, func(tx *store.Tx) error { return tx.ProveEmail(proven, models.At(epoch)) }))
		must(t, drop(proven))
		known(t, st, "ada@example.com") // proven: nobody's to drop
	})
}

func TestOnlyOpenInvitesOfTheAddressAreRevoked(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		login, _ := started(t, st, "ada@example.com")
		_, ada := known(t, st, "ada@example.com")
		started(t, st, "bob@example.com")
		_, bob := known(t, st, "bob@example.com")
		invite := func(email models.Email) models.MagicLink {
			link, mail := linkFor(email)
			link.Kind, link.Challenge = models.LinkInvite, ""
			must(t, write(st, func(tx *store.Tx) error { return tx.InsertLink(link, mail) }))
			return link
		}
		open, used, others := invite(ada), invite(ada), invite(bob)
		must(t, write(st, func(tx *store.Tx) error { return tx.RedeemLink(project, used.ID, models.At(epoch)) }))
		must(t, write(st, func(tx *store.Tx) error { return tx.RevokeInvites(ada, models.At(epoch)) }))
		for id, want := range map[models.ID]models.LinkState{
			open.ID: models.LinkRevoked, used.ID: models.LinkRedeemed, others.ID: models.LinkAlive, login.ID: models.LinkAlive,
		} {
			link, err := st.Read(context.Background()).Link(id)
			must(t, err)
			if got := link.State(models.At(epoch)); got != want {
				t.Errorf("%s: got %s, want %s", link.Kind, got, want)
			}
			if link.ID == used.ID && link.RevokedAt != nil {
				t.Error("a used invite was revoked")
			}
		}
	})
}

// A start that found the stranger's address keeps it until it has written its link, which
// then goes with the others.
func TestAStrangerIsDroppedWithTheLinkThatIsUnderWay(t *testing.T) {
	url := PostgresSchema(t) // SQLite has one writer, who waits for nobody
	st, db := Open(t, url, newClock().Now), raw(t, url)
	started(t, st, "bob@example.com")
	_, email := known(t, st, "bob@example.com")
	link, mail := linkFor(email)
	found, dropping := make(chan struct{}), make(chan struct{})
	start := make(chan error)
	go func() {
		start <- write(st, func(tx *store.Tx) error {
			if _, err := tx.FindPerson(project, "bob@example.com"); err != nil {
				return err
			}
			close(found)
			<-dropping
			return tx.InsertLink(link, mail)
		})
	}()
	<-found
	drop := make(chan error)
	go func() {
		drop <- write(st, func(tx *store.Tx) error { return tx.DropStranger(email, models.At(epoch)) })
	}()
	AwaitLock(t, db, "emails", drop)
	close(dropping)
	must(t, <-start)
	must(t, <-drop)
	got, err := st.Read(context.Background()).Link(link.ID)
	must(t, err)
	if got.RevokedAt == nil {
		t.Error("the link that was under way is alive, and its address is gone")
	}
}
