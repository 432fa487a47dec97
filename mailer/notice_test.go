package mailer

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// owe queues a mail without a link of its own, to live for a quarter of an hour.
func (b *bench) owe(mail models.QueuedMail) models.QueuedMail {
	b.t.Helper()
	now := b.clock.Now()
	at := models.At(now)
	mail.ID, mail.ProjectID, mail.Status = models.NewID(now), "acme", models.MailQueued
	mail.NextAttemptAt, mail.CreatedAt, mail.ExpiresAt = at, at, at.Add(15*time.Minute)
	b.write(func(tx *store.Tx) error { return tx.InsertMail(mail) })
	return mail
}

// wantEventAbout checks that the history of that id is one line of that kind, naming
// that recipient.
func (b *bench) wantEventAbout(id models.ID, kind models.EventKind, detail, recipient string) {
	b.t.Helper()
	events, err := b.store.Read(context.Background()).EventsOf("acme", id)
	if err != nil {
		b.t.Fatal(err)
	}
	want := []byte{}
	if recipient != "" {
		want = b.worker.Keys.HashAddress(recipient)
	}
	if len(events) != 1 || events[0].Kind != kind || events[0].Detail != detail || !slices.Equal(events[0].AddressHash, want) {
		b.t.Errorf("got events %+v, want one %s (%q) for %q", events, kind, detail, recipient)
	}
}

func TestAMailWithoutALinkIsSent(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		mail := b.owe(models.QueuedMail{Template: "no_account", Address: "Eve@example.com", Locale: "es"})
		b.deliver()
		got := take(t, b.relay)
		b.wantTaken(0)
		if got.to != "Eve@example.com" || got.header("Message-ID") != "<"+mail.ID.String()+"@acme.example>" {
			t.Errorf("got a mail to %q, Message-ID %s", got.to, got.header("Message-ID"))
		}
		if !strings.Contains(got.source, mail.ID.Reference()) || strings.Contains(got.source, "http") {
			t.Errorf("want the mail's own reference and no link in\n%s", got.source)
		}
		b.wantEventAbout(mail.ID, models.EventMailSent, "", "eve@example.com")
	})
}

// The old addresses are told because the link was redeemed, and of whom the new one is:
// the mail that carried the link would be too late.
func TestAnOldAddressIsToldOfARedeemedLink(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, carrier := b.start("acme", "new@other.example")
		b.write(func(tx *store.Tx) error { return tx.RedeemLink("acme", link.ID, models.At(b.clock.Now())) })
		b.owe(models.QueuedMail{Template: "address_added", LinkID: link.ID, Address: "ada@example.com"})
		b.deliver()
		got := take(t, b.relay)
		b.wantTaken(0)
		if got.to != "ada@example.com" || !strings.Contains(got.source, "n=E2=80=A6@other.example") || !strings.Contains(got.source, link.ID.Reference()) {
			t.Errorf("got a mail to %q:\n%s", got.to, got.source)
		}
		events, err := b.store.Read(t.Context()).EventsOf("acme", link.ID)
		if err != nil || len(events) != 2 {
			t.Fatalf("got events %+v, %v; want the carrier's end and the notice's", events, err)
		}
		_, err = storetest.ClaimMail(t.Context(), b.store, carrier.ID, lease)
		if err == nil {
			t.Error("the mail that carries the redeemed link is still owed")
		}
	})
}

func TestAMailWithoutALinkExpiresByItsOwnTime(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("rcpt", say("451 4.3.0 later"))
		mail := b.owe(models.QueuedMail{Template: "no_account", Address: "eve@example.com"})
		for range 15 * 60 {
			b.clock.Advance(time.Second)
			b.deliver()
		}
		b.wantEventAbout(mail.ID, models.EventMailExpired, "mail_expired", "eve@example.com")
		tries := strings.Count(strings.Join(b.relay.commands(), "\n"), "RCPT")
		if tries < 7 || tries > 13 {
			t.Errorf("got %d attempts in a quarter of an hour, want about ten", tries)
		}
	})
}

// A person who was deleted is mailed no more, whatever rows are left: the mail ends, and
// is not tried for ever.
func TestAMailWhoseLinkIsGoneExpires(t *testing.T) {
	missing := models.ID{0x01, 0x9c, 0xbe, 0x0f, 15: 1}
	for name, mail := range map[string]models.QueuedMail{
		"a link":   {LinkID: missing},
		"a notice": {LinkID: missing, Template: "address_added", Address: "ada@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bench) {
				b.owe(mail)
				b.deliver()
				b.deliver()
				b.wantTaken(0)
				b.wantEventAbout(missing, models.EventMailExpired, "link_gone", mail.Address)
				if ids, err := b.store.DueMails(t.Context(), 9); err != nil || len(ids) != 0 {
					t.Errorf("still due: %v, %v", ids, err)
				}
			})
		})
	}
}

// After a step back to an older version there may be words that this one does not know.
// Their mail waits for who does, as long as it has time and its link lives.
func TestAMailInUnknownWordsIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		mail := b.owe(models.QueuedMail{Template: "from_the_future", Address: "ada@example.com"})
		link, _ := b.start("acme", "ada@example.com")
		b.owe(models.QueuedMail{Template: "from_the_future", LinkID: link.ID})
		b.deliver()
		b.wantTaken(1) // the link's own mail
		if events, err := b.store.Read(t.Context()).EventsOf("acme", mail.ID); err != nil || len(events) != 0 {
			t.Errorf("got events %+v, %v; want the mail to wait", events, err)
		}
		b.write(func(tx *store.Tx) error { return tx.RedeemLink("acme", link.ID, models.At(b.clock.Now())) })
		b.clock.Advance(5 * time.Second)
		b.deliver()
		events, err := b.store.Read(t.Context()).EventsOf("acme", link.ID)
		if err != nil || len(events) != 2 || events[1].Kind != models.EventMailExpired || events[1].Detail != "link_redeemed" {
			t.Errorf("got events %+v, %v; want the mail in unknown words to end with its link", events, err)
		}
		b.clock.Advance(15 * time.Minute)
		b.deliver()
		b.wantEventAbout(mail.ID, models.EventMailExpired, "mail_expired", "ada@example.com")
	})
}

// What comes back from an old address says nothing of the new one, which the notice is
// about.
func TestABouncedNoticeIsNotHeldAgainstTheNewAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, _ := b.start("acme", "new@other.example")
		b.deliver()
		b.wantTaken(1)
		b.relay.set("rcpt", say("550 5.1.1 nobody"))
		for range suppressAfter {
			b.owe(models.QueuedMail{Template: "address_added", LinkID: link.ID, Address: "ada@example.com"})
			b.deliver()
		}
		email, err := b.store.Read(t.Context()).EmailByIdentity("acme", "new@other.example")
		if err != nil {
			t.Fatal(err)
		}
		if bounces, err := b.store.Read(t.Context()).BouncesOf(*email); err != nil || bounces.SuppressedAt != nil {
			t.Errorf("got %+v, %v", bounces, err)
		}
	})
}
