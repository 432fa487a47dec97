package mailer

import (
	"testing"
	"time"

	"latchkey/models"
)

// A relay that talks to us and takes no mail, at whichever point it breaks off, is passed
// over before the first link dies, and is said to be in trouble.
func TestAHalfDeadRelayIsPassedOver(t *testing.T) {
	for _, c := range []struct {
		name, at, detail string
		does             step
	}{
		{name: "disk full at MAIL", at: "mail", does: say("452 4.3.1 insufficient system storage")},
		{name: "421 at RCPT", at: "rcpt", does: step{reply: "421 4.3.2 shutting down", close: true}},
		{name: "closes at RCPT", at: "rcpt", does: hangUp()},
		{name: "lookup failure at RCPT", at: "rcpt", does: say("451 4.3.0 temporary lookup failure")},
		{name: "closes at DATA", at: "data", does: hangUp()},
		{name: "421 after the dot", at: "message", does: step{reply: "421 4.7.0 try later", close: true}},
		{name: "closes after the dot", at: "message", does: hangUp(), detail: "possible_duplicate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
				b.relay.set(c.at, c.does)
				first := b.startMany(maxBroken)
				b.deliver() // in vain
				last := b.startMany(1)[0]
				for range 4 {
					b.deliver()
					b.clock.Advance(lastProbePause)
				}
				wantTakenBy(t, "second", second, maxBroken+1)
				b.wantEvent(last, models.EventMailSent, "")
				for _, link := range first {
					b.wantEvent(link, models.EventMailSent, c.detail)
				}
				if !b.worker.Health().Degraded {
					t.Error("the first relay is said to be well")
				}
				b.relay.unset(c.at)
				for range 3 {
					b.clock.Advance(time.Minute)
					b.startMany(1)
					b.deliver()
				}
				b.wantHealthy()
				wantTakenBy(t, "first", b.relay, 3)
			})
		})
	}
}

// What is greylisted was judged, however many are.
func TestGreylistingIsNoTrouble(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("rcpt", say("451 4.7.1 greylisted"))
		b.startMany(10)
		b.deliver()
		b.wantHealthy()
		wantTakenBy(t, "second", second, 0)
	})
}
