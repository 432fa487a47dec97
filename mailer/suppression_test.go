package mailer

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// TestWhichBouncesSayThatNobodyIsThere goes through the table of docs/mail.md.
func TestWhichBouncesSayThatNobodyIsThere(t *testing.T) {
	for _, c := range []struct {
		reply outcome
		want  bool
	}{
		{outcome{code: 550, enhanced: "5.1.1"}, true},
		{outcome{code: 550, enhanced: "5.1.1"}, true},
		{outcome{code: 501, enhanced: "5.1.3"}, true},
		{outcome{code: 551, enhanced: "5.1.6"}, true},
		{outcome{code: 556, enhanced: "5.1.10"}, true},
		{outcome{code: 550}, false},
		{outcome{code: 553}, false},
		{outcome{code: 550, enhanced: "5.1.0"}, false},
		{outcome{code: 550, enhanced: "5.1.2"}, false},
		{outcome{code: 550, enhanced: "5.1.4"}, false},
		{outcome{code: 552, enhanced: "5.2.2"}, false},
		{outcome{code: 550, enhanced: "5.2.1"}, false},
		{outcome{code: 554, enhanced: "5.4.14"}, false},
		{outcome{code: 550, enhanced: "5.7.1"}, false},
		{outcome{code: 450, enhanced: "4.1.1"}, false},
	} {
		c.reply.verdict = bounced
		if c.reply.code == 450 {
			c.reply.verdict = deferred
		}
		if got := nobodyThere(c.reply); got != c.want {
			t.Errorf("%s: got %v, want %v", c.reply.reply(), got, c.want)
		}
	}
}

// bounce sends mails to the address that come back with the reply.
func (b *bench) bounce(address, reply string, times int) (last models.MagicLink) {
	b.t.Helper()
	b.relay.set("rcpt", say(reply))
	for range times {
		last, _ = b.start("acme", address)
		b.deliver()
		b.clock.Advance(time.Hour) // those of one hour count once
	}
	b.relay.unset("rcpt")
	return last
}

func (b *bench) wantSuppressed(address string, want bool) {
	b.t.Helper()
	found, err := b.store.Read(context.Background()).Suppressed("acme", address)
	if (err == nil) != want {
		b.t.Errorf("%s: got %+v, %v; want suppressed: %v", address, found, err, want)
	}
}

// kinds lists what happened to a link, in alphabetical order: by the clock of these
// tests all happens at once.
func (b *bench) kinds(link models.MagicLink) (kinds []string) {
	b.t.Helper()
	events, err := b.store.Read(context.Background()).EventsOf(link.ProjectID, link.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, event := range events {
		kinds = append(kinds, string(event.Kind)+" "+event.Detail)
	}
	slices.Sort(kinds)
	return kinds
}

func TestAnAddressIsSuppressedWithTheThirdBounceInARow(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		const reply = "550 5.1.1 nobody"
		b.bounce("ada@example.com", reply, 2)
		b.wantSuppressed("ada@example.com", false)
		third := b.bounce("ada@example.com", reply, 1)
		b.wantSuppressed("ada@example.com", true)
		b.wantSuppressed("bob@example.com", false)
		if got, want := strings.Join(b.kinds(third), ", "), "address.suppressed 550 5.1.1, mail.bounced 550 5.1.1"; got != want {
			t.Errorf("got events %s, want %s", got, want)
		}
		if !strings.Contains(b.log.String(), "address suppressed") || strings.Contains(b.log.String(), "ada@") {
			t.Errorf("want the suppression in the log, without the address:\n%s", b.log)
		}
	})
}

func TestNothingIsMailedToASuppressedAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		waiting, _ := b.start("acme", "ada@example.com")
		b.write(func(tx *store.Tx) error {
			_, err := tx.CountBounce(models.BounceRecord{EmailID: waiting.EmailID, ProjectID: "acme", LastReply: "550"}, 1)
			return err
		})
		elsewhere, _ := b.start("other", "ada@example.com")
		b.deliver()
		b.wantEvent(waiting, models.EventMailBounced, "suppressed")
		b.wantEvent(elsewhere, models.EventMailSent, "")
		b.wantTaken(1)
		b.wantHealthy()
	})
}

func TestADeliveredMailBeginsTheCountAnew(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		const reply = "550 5.1.1 nobody"
		b.bounce("ada@example.com", reply, 2)
		b.start("acme", "ada@example.com")
		b.deliver()
		b.wantTaken(1)
		b.bounce("ada@example.com", reply, 2)
		b.wantSuppressed("ada@example.com", false)
		b.bounce("ada@example.com", reply, 1)
		b.wantSuppressed("ada@example.com", true)
	})
}

func TestAFullMailboxIsNotSuppressed(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.bounce("ada@example.com", "552 5.2.2 full", 5)
		b.wantSuppressed("ada@example.com", false)
	})
}

// Exim's "relay not permitted" has no enhanced code. Who asked while the operator's relay
// said so to everybody gets mail again once it is mended.
func TestARelayThatDeniesEverybodySuppressesNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		for _, address := range []string{"ada@example.com", "bob@example.org"} {
			b.bounce(address, "550 relay not permitted", 5)
			b.wantSuppressed(address, false)
		}
	})
}
