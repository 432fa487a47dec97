package mailer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

func (b *bench) operator() *Operator {
	return &Operator{Store: b.store, Keys: testKeys(b.t), Now: b.clock.Now}
}

// deferred is a mail that waits for its own pause.
func (b *bench) deferred(address string) (models.MagicLink, models.QueuedMail) {
	b.t.Helper()
	b.relay.set("rcpt", say("450 4.2.0 later"))
	link, mail := b.start("acme", address)
	b.deliver()
	b.relay.unset("rcpt")
	return link, mail
}

func TestAMailIsFoundByIDAndReference(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, mail := b.start("acme", "ada@example.com")
		for _, name := range []string{
			mail.ID.String(), strings.ToUpper(mail.ID.String()), link.ID.Reference(), strings.ToLower(link.ID.Reference()),
		} {
			got, err := b.operator().Find(t.Context(), name)
			if err != nil || got.Mail.ID != mail.ID || got.Email.Address != "ada@example.com" {
				t.Errorf("%s: got %+v, %v; want the mail", name, got, err)
			}
		}
		for _, name := range []string{models.NewID(b.clock.Now()).String(), "0123456789"} {
			if got, err := b.operator().Find(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: got %+v, %v; want it not found", name, got, err)
			}
		}
		if _, err := b.operator().Find(t.Context(), "ada@example.com"); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("an address: got %v, want to hear what names a mail", err)
		}
	})
}

func TestARetriedMailGoesOutBeforeItsPauseIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, mail := b.deferred("ada@example.com")
		b.deliver()
		b.wantTaken(0)
		if err := b.operator().Retry(t.Context(), mail.ID); err != nil {
			t.Fatal(err)
		}
		b.deliver()
		b.wantTaken(1)
		b.wantEvent(link, models.EventMailSent, "")
		if err := b.operator().Retry(t.Context(), mail.ID); !errors.Is(err, ErrEnded) {
			t.Errorf("a sent mail: got %v, want %v", err, ErrEnded)
		}
	})
}

func TestAMailInASendersHandsIsLeftToIt(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, mail := b.start("acme", "ada@example.com")
		if _, err := storetest.ClaimMail(t.Context(), b.store, mail.ID, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := b.operator().Retry(t.Context(), mail.ID); !errors.Is(err, ErrUnderWay) {
			t.Errorf("retry: got %v, want %v", err, ErrUnderWay)
		}
		if err := b.operator().Cancel(t.Context(), mail.ID); !errors.Is(err, ErrUnderWay) {
			t.Errorf("cancel: got %v, want %v", err, ErrUnderWay)
		}
		if done, held, err := b.operator().CancelAll(t.Context(), "acme", func(int) {}); err != nil || done != 0 || held != 1 {
			t.Errorf("cancel all: got %d done and %d held, %v; want one held", done, held, err)
		}
		if done, held, err := b.operator().RetryAll(t.Context(), "", func(int) {}); err != nil || done != 0 || held != 1 {
			t.Errorf("retry all: got %d done and %d held, %v; want one held", done, held, err)
		}
		b.wantNoEvent(link)
	})
}

func TestACancelledMailIsNeverSentAndItsLinkIsDead(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, mail := b.deferred("ada@example.com")
		if err := b.operator().Cancel(t.Context(), mail.ID); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(time.Minute)
		b.deliver()
		b.wantTaken(0)
		b.wantEvent(link, models.EventMailExpired, "cancelled")
		got, err := b.store.Read(t.Context()).Link(link.ID)
		if err != nil || got.State(models.At(b.clock.Now())) != models.LinkRevoked {
			t.Errorf("got link %+v, %v; want it revoked", got, err)
		}
		if err := b.operator().Cancel(t.Context(), mail.ID); !errors.Is(err, ErrEnded) {
			t.Errorf("again: got %v, want %v", err, ErrEnded)
		}
	})
}

// More than one batch of a project's, and none of another's or of those that came later.
func TestAllOfAProjectsMailsCanBeCancelled(t *testing.T) {
	const mails = 2*batch + 1
	onBoth(t, func(t *testing.T, b *bench) {
		b.startMany(mails)
		other, _ := b.start("other", "ada@example.com")
		operator, began := b.operator(), b.clock.Now()
		operator.Now = func() time.Time { return began }
		b.clock.Advance(time.Second)
		later, _ := b.start("acme", "bob@example.com")
		steps := 0
		n, held, err := operator.CancelAll(t.Context(), "acme", func(int) { steps++ })
		if err != nil || n != mails || held != 0 || steps < 2 {
			t.Errorf("got %d cancelled and %d held in %d steps, %v; want %d in more than one", n, held, steps, err, mails)
		}
		b.deliver()
		b.wantTaken(2)
		b.wantEvent(other, models.EventMailSent, "")
		b.wantEvent(later, models.EventMailSent, "")
	})
}

// While a relay puts off whatever it is handed, no mail is met twice.
func TestRetryingAllComesToAnEnd(t *testing.T) {
	const mails = 2*batch + 1
	onBoth(t, func(t *testing.T, b *bench) {
		b.startMany(mails)
		n, _, err := b.operator().RetryAll(t.Context(), "", func(done int) {
			if done > mails {
				t.Fatalf("%d of %d mails were met", done, mails)
			}
		})
		if err != nil || n != mails {
			t.Errorf("got %d, %v; want %d", n, err, mails)
		}
	})
}

func TestALiftedAddressGetsMailAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.bounce("ada@example.com", "550 5.1.1 nobody", suppressAfter)
		found, err := b.store.Read(context.Background()).Suppressed("acme", "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.operator().Lift(t.Context(), found); err != nil {
			t.Fatal(err)
		}
		b.wantSuppressed("ada@example.com", false)
		link, _ := b.start("acme", "ada@example.com")
		b.deliver()
		b.wantTaken(1)
		b.wantEvent(link, models.EventMailSent, "")
		b.wantEvent(models.MagicLink{ProjectID: "acme"}, models.EventAddressLifted, "")
	})
}

// A person who is deleted later is found by what is owed to them only.
func TestACancelledMailNamesNoAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		now := models.At(b.clock.Now())
		mail := models.QueuedMail{
			ID: models.NewID(b.clock.Now()), ProjectID: "acme", Template: "no_account", Address: "ada@example.com",
			Status: models.MailQueued, NextAttemptAt: now, CreatedAt: now, ExpiresAt: now.Add(15 * time.Minute),
		}
		b.write(func(tx *store.Tx) error { return tx.InsertMail(mail) })
		operator := &Operator{Store: b.store, Keys: testKeys(t), Now: b.clock.Now}
		if err := operator.Cancel(context.Background(), mail.ID); err != nil {
			t.Fatal(err)
		}
		owed, err := b.store.Read(context.Background()).Mail(mail.ID)
		if err != nil || owed.Mail.Address != "" {
			t.Errorf("got %+v, %v; want no address", owed, err)
		}
	})
}
