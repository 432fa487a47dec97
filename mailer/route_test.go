package mailer

import (
	"maps"
	"strings"
	"testing"
	"time"

	"latchkey/models"
)

// onTwoRelays runs a test on both databases with a worker of one sender per relay.
func onTwoRelays(t *testing.T, test func(t *testing.T, b *bench, second *testRelay)) {
	onBoth(t, func(t *testing.T, b *bench) {
		second := startRelay(t)
		b.worker = b.workerWith(1, mustParse(t, b.relay.url()), mustParse(t, second.url()))
		test(t, b, second)
	})
}

func wantTakenBy(t *testing.T, name string, relay *testRelay, n int) {
	t.Helper()
	if got := len(relay.mails); got != n {
		t.Errorf("the %s relay took %d mails, want %d", name, got, n)
	}
}

// TestTheSecondRelayStandsIn: whatever keeps the first from taking mail, each mail goes
// to the second in the same claim, and back to the first once that is mended.
func TestTheSecondRelayStandsIn(t *testing.T) {
	for _, c := range []struct {
		name, at string
		does     step
		reason   string
	}{
		{"closed", "greeting", hangUp(), "is unreachable (no reply)"},
		{"busy", "greeting", step{reply: "421 4.3.2 busy", close: true}, "is unreachable (421 4.3.2)"},
		{"closed for us", "greeting", say("554 5.7.1 go away"), "refuses to take mail from us (554 5.7.1)"},
		{"sender refused", "mail", say("550 5.7.1 not you"), "refuses the sender (550 5.7.1)"},
		{"log in first", "mail", say("530 5.7.0 log in"), "refuses the user name and password (530 5.7.0)"},
		{"relay denied", "rcpt", say("554 5.7.1 relay access denied"), "refuses to take mail from us (554 5.7.1)"},
		{"policy after the dot", "message", say("554 5.7.1 no"), "refuses to take mail from us (554 5.7.1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
				b.relay.set(c.at, c.does)
				links := b.startMany(20)
				b.deliver()
				wantTakenBy(t, "first", b.relay, 0)
				wantTakenBy(t, "second", second, 20)
				b.wantTrouble("mail relay 1 of 2 " + c.reason)
				b.relay.unset(c.at)
				b.clock.Advance(lastProbePause)
				for range 3 {
					links = append(links, b.startMany(1)...)
					b.deliver()
				}
				wantTakenBy(t, "first", b.relay, 3)
				wantTakenBy(t, "second", second, 20)
				b.wantHealthy()
				for _, link := range links {
					b.wantEvent(link, models.EventMailSent, "")
				}
			})
		})
	}
}

// While the second carries all, the first costs one mail a try at each of its pauses. That
// it refuses a mail shows only with the next one that the others are refused, too.
func TestTheFirstRelayIsProbedOnceAPause(t *testing.T) {
	for _, c := range []struct {
		at    string
		does  step
		tries int
	}{
		{"greeting", hangUp(), 4},
		{"rcpt", say("554 5.7.1 relay access denied"), 5},
	} {
		t.Run(c.at, func(t *testing.T) {
			onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
				b.relay.set(c.at, c.does)
				for range 4 {
					b.startMany(10)
					b.deliver()
					b.clock.Advance(lastProbePause)
				}
				wantTakenBy(t, "second", second, 40)
				if got := b.attempts(c.at); got != c.tries {
					t.Errorf("the first relay was tried %d times in four rounds, want %d", got, c.tries)
				}
			})
		})
	}
}

// A probe that is broken off before the dot has delivered nothing.
func TestABrokenProbeCostsTheMailNothing(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("greeting", hangUp())
		b.startMany(1)
		b.deliver()
		b.relay.unset("greeting")
		for _, at := range []string{"mail", "rcpt", "data"} {
			b.relay.set(at, hangUp())
			b.clock.Advance(lastProbePause)
			link := b.startMany(1)[0]
			b.deliver()
			b.wantEvent(link, models.EventMailSent, "")
			b.relay.unset(at)
		}
		wantTakenBy(t, "second", second, 4)
	})
}

func TestAllMailIsKeptWhileAllRelaysAreDown(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("mail", say("550 5.7.1 not you"))
		second.set("greeting", step{reply: "421 4.3.2 busy", close: true})
		links := b.startMany(20)
		for range 4 {
			b.deliver()
			b.wantTrouble("mail relay 1 of 2 refuses the sender (550 5.7.1); mail relay 2 of 2 is unreachable (421 4.3.2)")
			b.clock.Advance(lastProbePause)
		}
		if got := second.connected(); got > 10 {
			t.Errorf("the second relay was called %d times in four rounds, want single probes", got)
		}
		second.unset("greeting")
		b.deliver()
		b.clock.Advance(lastProbePause)
		b.deliver()
		wantTakenBy(t, "second", second, 20)
		b.wantTrouble("mail relay 1 of 2 refuses the sender (550 5.7.1)")
		for _, link := range links {
			b.wantEvent(link, models.EventMailSent, "")
		}
	})
}

func TestTheSecondRelaysRefusalOfThemBounces(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("rcpt", say("554 5.7.1 relay access denied"))
		second.set("rcpt", say("550 5.1.1 nobody"))
		link, _ := b.start("acme", "ada@example.com")
		b.deliver()
		b.wantEvent(link, models.EventMailBounced, "550 5.1.1")
	})
}

// What the first relay says about the mail stands: no other is asked.
func TestAnAnswerAboutTheMailIsFinal(t *testing.T) {
	for name, c := range map[string]struct {
		at   string
		does step
	}{
		"bounce":               {"rcpt", say("550 5.1.1 nobody")},
		"greylisting":          {"rcpt", say("450 4.2.0 later")},
		"later after the dot":  {"message", say("451 4.3.0 later")},
		"closed after the dot": {"message", hangUp()},
		"closed after the 250": {"message", step{reply: "250 2.0.0 queued", close: true}},
	} {
		t.Run(name, func(t *testing.T) {
			onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
				b.relay.set(c.at, c.does)
				b.startMany(1)
				b.deliver()
				if got := second.connected(); got != 0 {
					t.Error("the second relay was asked, too")
				}
				b.wantHealthy()
			})
		})
	}
}

// A mail in doubt may go to another relay at a later attempt, under the same Message-ID,
// and the history says so whatever happened in between.
func TestDoubtOutlastsLaterReplies(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("message", hangUp())
		link, mail := b.start("acme", "ada@example.com")
		b.deliver()
		b.relay.set("greeting", hangUp())
		for _, reply := range []string{"421 4.3.2 busy", "220 hello"} {
			second.set("greeting", step{reply: reply, close: reply[0] == '4'})
			second.set("rcpt", say("450 4.2.0 greylisted"))
			b.clock.Advance(time.Minute)
			b.deliver()
		}
		second.unset("rcpt")
		b.clock.Advance(time.Minute)
		b.deliver()
		b.wantEvent(link, models.EventMailSent, "possible_duplicate")
		wantTakenBy(t, "second", second, 1)
		if id, want := (<-second.mails).header("Message-ID"), "<"+mail.ID.String()+"@acme.example>"; id != want {
			t.Errorf("got Message-ID %s, want %s", id, want)
		}
	})
}

// However often the first relay comes and goes, each mail is sent once.
func TestAFlappingRelayLosesAndDoublesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		second := startRelay(t)
		b.worker = b.workerWith(4, mustParse(t, b.relay.url()), mustParse(t, second.url()))
		asked := 0
		b.relay.decideBy(func(command, _ string) (step, bool) {
			if command != "mail" {
				return step{}, false
			}
			asked++
			return step{reply: "421 4.3.2 not now", close: true}, asked%7 < 3
		})
		for range 10 {
			b.startMany(30)
			b.deliver()
			b.clock.Advance(lastProbePause)
		}
		b.deliver()
		seen := make(map[string]int)
		for _, relay := range []*testRelay{b.relay, second} {
			if len(relay.mails) < 10 {
				t.Errorf("a relay took %d mails of 300, want some by each", len(relay.mails))
			}
			for range len(relay.mails) {
				seen[(<-relay.mails).header("Message-ID")]++
			}
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("%s was sent %d times", id, times)
			}
		}
		if len(seen) != 300 {
			t.Errorf("got %d different mails, want 300", len(seen))
		}
	})
}

// Senders and kept connections are each relay's own.
func TestConnectionsAreKeptToEachRelay(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		second := startRelay(t)
		b.worker = b.workerWith(3, mustParse(t, b.relay.url()), mustParse(t, second.url()))
		b.startMany(100)
		b.deliver()
		b.relay.closeIdle()
		b.relay.set("greeting", say("421 4.3.2 busy"))
		b.startMany(100)
		b.deliver()
		wantTakenBy(t, "first", b.relay, 100)
		wantTakenBy(t, "second", second, 100)
		if got := b.relay.connected(); got > 6 {
			t.Errorf("got %d connections to the first relay over three senders", got)
		}
		if got := second.connected(); got > 3 {
			t.Errorf("got %d connections to the second relay over three senders", got)
		}
	})
}

func TestTheLogSaysWhichRelay(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, _ *testRelay) {
		b.relay.set("greeting", hangUp())
		b.startMany(1)
		b.deliver()
		if log := b.log.String(); strings.Count(log, `msg="mail relay takes nothing" relay="1 of 2"`) != 1 {
			t.Errorf("want one line about the first relay, got\n%s", log)
		}
	})
}

func TestNoRelayIsAskedTwiceInOneClaim(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("mail", say("550 5.7.1 not you"))
		second.set("mail", say("550 5.7.1 not you"))
		b.startMany(1)
		b.deliver()
		if got := b.attempts("mail"); got != 1 {
			t.Errorf("the first relay was asked %d times, want once", got)
		}
	})
}

// Once the first relay works again, it is not to be held against it how the second did.
func TestHealthIsAboutTheRelayInUse(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("greeting", hangUp())
		second.set("greeting", hangUp())
		b.startMany(1)
		b.deliver()
		b.wantTrouble("mail relay 1 of 2 is unreachable (no reply); mail relay 2 of 2 is unreachable (no reply)")
		b.relay.unset("greeting")
		b.clock.Advance(lastProbePause)
		b.deliver()
		b.wantHealthy()
	})
}

// A mail that no relay took a look at waits for one in memory, and not for a poll.
func TestMailNobodyLookedAtIsQueuedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("greeting", hangUp())
		b.startMany(1)
		b.deliver()
		if got := len(b.worker.queue.ids); got != 1 {
			t.Errorf("got %d mails in the queue, want 1", got)
		}
	})
}

// A receiver that got two sees that they are one, also where a reload gave the project
// another sender in between.
func TestAReloadLeavesTheMessageIDAlone(t *testing.T) {
	onTwoRelays(t, func(t *testing.T, b *bench, second *testRelay) {
		b.relay.set("message", hangUp())
		_, mail := b.start("acme", "ada@example.com")
		b.deliver()
		projects := maps.Clone(b.worker.Config.Projects)
		acme := projects["acme"]
		acme.FromAddress = "login@new.example"
		projects["acme"] = acme
		b.worker.SetProjects(projects)
		b.relay.set("greeting", hangUp())
		b.clock.Advance(time.Minute)
		b.deliver()
		if id, want := take(t, second).header("Message-ID"), "<"+mail.ID.String()+"@acme.example>"; id != want {
			t.Errorf("got Message-ID %s, want %s", id, want)
		}
	})
}
