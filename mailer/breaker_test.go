package mailer

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// TestRelayDownThenBack: nothing is lost, nothing is counted against the mails, the
// reason is shown meanwhile, and all go at once when the relay answers.
func TestRelayDownThenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.worker = b.newWorker(4)
		where := b.relay.address()
		b.relay.stop()
		links := b.startMany(40)
		for range 5 {
			b.deliver()
			b.wantTrouble("the mail relay is unreachable (no reply)")
			b.clock.Advance(lastProbePause)
		}
		b.relay.listen(where)
		b.deliver()
		b.wantTaken(40)
		b.wantHealthy()
		for _, link := range links {
			b.wantEvent(link, models.EventMailSent, "")
		}
		if log := b.log.String(); !strings.Contains(log, `cause="connection refused" see="latchkey doctor"`) {
			t.Errorf("want the log to say why, and what looks further:\n%s", log)
		}
		if log := b.log.String(); strings.Count(log, "takes nothing") != 1 || strings.Count(log, "works again") != 1 {
			t.Errorf("want one line when it went down and one when it came back:\n%s", log)
		}
	})
}

// The faults of docs/mail.md that are the operator's: all mail is kept, and none is
// tried but by the probe.
func TestOperatorsFaultsStopAllMail(t *testing.T) {
	for _, c := range []struct {
		name, at string
		does     step
		reason   string
	}{
		{"sender refused", "mail", say("550 5.7.1 not you"), "the mail relay refuses the sender (550 5.7.1)"},
		{"relay access denied", "rcpt", say("554 5.7.1 relay access denied"), "the mail relay refuses to take mail from us (554 5.7.1)"},
		{"relay denied", "rcpt", say("550 5.7.1 relaying denied"), "the mail relay refuses to take mail from us (550 5.7.1)"},
		{"policy after the dot", "message", say("554 5.7.1 no"), "the mail relay refuses to take mail from us (554 5.7.1)"},
		{"log in first", "mail", say("530 5.7.0 log in"), "the mail relay refuses the user name and password (530 5.7.0)"},
		{"closed for us", "greeting", say("554 5.7.1 go away"), "the mail relay refuses to take mail from us (554 5.7.1)"},
		{"busy", "greeting", step{reply: "421 4.3.2 busy", close: true}, "the mail relay is unreachable (421 4.3.2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bench) {
				b.relay.set(c.at, c.does)
				links := b.startMany(20)
				b.prove(links)
				for range 4 {
					b.deliver()
					b.wantTrouble(c.reason)
					b.clock.Advance(lastProbePause)
				}
				if got := b.attempts(c.at); got > 10 {
					t.Errorf("got %d attempts in four rounds, want single probes", got)
				}
				b.relay.unset(c.at)
				b.deliver()
				b.wantHealthy()
				// Those that were probed with follow within one probe's pause.
				b.clock.Advance(lastProbePause)
				b.deliver()
				b.wantTaken(20)
				for _, link := range links {
					b.wantEvent(link, models.EventMailSent, "")
				}
			})
		})
	}
}

// The faults of the connection that are the operator's: all mail is kept, and goes by
// itself once the relay is mended.
func TestAMendedConnectionTakesAllMail(t *testing.T) {
	good, roots := selfSigned(t, "localhost")
	expired, _ := selfSignedUntil(t, "localhost", time.Now().Add(-time.Minute))
	for _, c := range []struct {
		name       string
		fail, mend func(*testRelay)
		reason     string
	}{
		{"wrong password", func(r *testRelay) { r.script["auth"] = say("535 5.7.8 no") }, func(r *testRelay) { delete(r.script, "auth") },
			"the mail relay refuses the user name and password (535 5.7.8)"},
		{"log in with another mechanism", func(r *testRelay) { r.script["auth"] = say("538 5.7.11 no") }, func(r *testRelay) { delete(r.script, "auth") },
			"the mail relay refuses the user name and password (538 5.7.11)"},
		{"expired certificate", func(r *testRelay) { r.tls = expired }, func(r *testRelay) { r.tls = good },
			"the mail relay shows no certificate that can be trusted (no reply)"},
		{"STARTTLS dropped", func(r *testRelay) { r.extensions = []string{"AUTH PLAIN"} }, func(r *testRelay) { r.extensions = []string{"STARTTLS", "AUTH PLAIN"} },
			"the mail relay does not offer the STARTTLS or AUTH that its configuration asks for (no reply)"},
		{"AUTH dropped", func(r *testRelay) { r.extensions = []string{"STARTTLS"} }, func(r *testRelay) { r.extensions = []string{"STARTTLS", "AUTH PLAIN"} },
			"the mail relay does not offer the STARTTLS or AUTH that its configuration asks for (no reply)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bench) {
				b.relay = startSecured(t, TLSStartTLS, good)
				b.relay.change(func(r *testRelay) { r.extensions = append(r.extensions, "AUTH PLAIN") })
				b.relay.change(c.fail)
				where := securedBy(b.relay, TLSStartTLS, roots)
				where.Username, where.password = testUser, testPassword
				b.worker = b.workerWith(2, where)
				links := b.startMany(10)
				for range 3 {
					b.deliver()
					b.wantTrouble(c.reason)
					b.clock.Advance(lastProbePause)
				}
				for _, link := range links {
					b.wantNoEvent(link)
				}
				b.relay.change(c.mend)
				b.deliver()
				b.wantHealthy()
				for _, link := range links {
					b.wantEvent(link, models.EventMailSent, "")
				}
			})
		})
	}
}

// attempts counts how often the relay was tried, up to the point at.
func (b *bench) attempts(at string) int {
	switch at {
	case "greeting":
		return b.relay.connected()
	case "message":
		at = "data"
	}
	n := 0
	for _, command := range b.relay.commands() {
		if strings.HasPrefix(strings.ToLower(command), at) {
			n++
		}
	}
	return n
}

// One recipient whose 5.7.1 the relay hands on costs the others nothing more than
// a probe.
func TestOneRefusedRecipientDoesNotStopTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.decideBy(func(command, argument string) (step, bool) {
			return say("550 5.7.1 policy"), command == "rcpt" && strings.Contains(argument, "evil@")
		})
		evil, _ := b.start("acme", "evil@example.com")
		b.deliver()
		b.wantTrouble("the mail relay refuses to take mail from us (550 5.7.1)")
		b.startMany(10)
		b.deliver() // no pause: the next mail tells
		b.wantTaken(10)
		b.wantHealthy()
		warnings := strings.Count(b.log.String(), "takes nothing")
		for range 10 {
			b.clock.Advance(time.Minute)
			b.startMany(1)
			b.deliver()
			b.wantHealthy()
		}
		b.wantTaken(20)
		b.wantNoEvent(evil)
		if got := strings.Count(b.log.String(), "takes nothing"); got != warnings {
			t.Errorf("each attempt at one mail stopped all: %d times", got)
		}
	})
}

// Mails that were claimed when another met with a refusal go on with the next probe
// and do not wait for a poll.
func TestHeldBackMailGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.worker = b.newWorker(2)
		b.relay.decideBy(func(command, argument string) (step, bool) {
			return say("550 5.7.1 policy"), command == "rcpt" && strings.Contains(argument, "evil@")
		})
		b.start("acme", "evil@example.com")
		b.startMany(30)
		b.deliver()
		b.wantTaken(30)
	})
}

// One project's refused sender does not stand in the way of another's mail.
func TestOneProjectsSenderDoesNotStopTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.decideBy(func(command, argument string) (step, bool) {
			return say("550 5.7.1 not yours"), command == "mail" && strings.Contains(argument, "login@acme.example")
		})
		b.start("acme", "ada@example.com")
		other, _ := b.start("other", "ada@example.com")
		b.deliver()
		b.wantEvent(other, models.EventMailSent, "")
	})
}

func TestRunProbesByItself(t *testing.T) {
	c := storetest.NewClock(time.Now())
	storetest.EachAt(t, c.Now, func(t *testing.T, st *store.Store) {
		b := newBench(t, st, c, startRelay(t))
		b.worker.Now = time.Now // whose pauses are waited for
		busy, tried := true, make(chan struct{})
		b.relay.decideBy(func(command, _ string) (step, bool) {
			if command != "greeting" || !busy {
				return step{}, false
			}
			busy = false
			close(tried)
			return step{reply: "421 4.3.2 busy", close: true}, true
		})
		link, mail := b.start("acme", "ada@example.com")
		stop := running(t, b.worker)
		b.worker.Wake(mail.ID)
		<-tried
		take(t, b.relay)
		stop()
		b.wantEvent(link, models.EventMailSent, "")
		b.wantHealthy()
	})
}

func TestClockSetBackDoesNotStretchThePause(t *testing.T) {
	r := newRoute(1, slog.New(slog.DiscardHandler))
	now := asked
	r.report(permit{}, outcome{verdict: down, trouble: unreachable}, onRelay, now)
	if _, ok, wait, _ := r.admit(now); ok || wait != firstProbePause {
		t.Errorf("got leave %v after %s", ok, wait)
	}
	if p, ok, _, _ := r.admit(now.Add(-2 * time.Hour)); !ok || !p.probe {
		t.Error("no probe after the clock was set back two hours")
	}
}

// A mail that was admitted while the relay worked is not sent once it fails, nor
// after the worker was told to stop.
func TestAdmittedMailIsHeldBack(t *testing.T) {
	connection := connectTo(t, startRelay(t))
	s := &sender{route: newRoute(1, slog.New(slog.DiscardHandler)), now: newClock().Now, carrier: connection}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if got := s.send(stopped, t.Context(), task{message: testMessage(t)}); got.tried {
		t.Error("sent after the stop")
	}
	s.route.report(permit{}, outcome{verdict: down, trouble: unreachable}, onRelay, asked)
	if got := s.send(t.Context(), t.Context(), task{message: testMessage(t)}); got.tried {
		t.Error("sent while the relay is in trouble")
	}
	if connection.session != nil {
		t.Error("the relay was called")
	}
}

// While one probes, nobody else does; and leave that was not used passes on.
func TestOneProbeAtATime(t *testing.T) {
	r := newRoute(1, slog.New(slog.DiscardHandler))
	now := asked
	r.report(permit{}, outcome{verdict: down, trouble: unreachable}, onRelay, now)
	now = now.Add(firstProbePause)
	first, ok, _, _ := r.admit(now)
	_, second, _, changed := r.admit(now)
	if !ok || !first.probe || second {
		t.Fatalf("got leave %v and %v, want one probe", ok, second)
	}
	r.untried(first)
	select {
	case <-changed:
	default:
		t.Error("who waits was not told")
	}
	if p, ok, _, _ := r.admit(now); !ok || !p.probe {
		t.Error("the unused probe did not pass on")
	}
}

// Strangers ask for ten addresses that the relay refuses with 5.7.1 for each one of
// somebody else's, whose mail arrives all the same, and at once: also when so many were
// refused in a row that they count as the relay's.
func TestStrangersRefusedRecipientsStarveNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.decideBy(func(command, argument string) (step, bool) {
			return say("550 5.7.1 domain blocked"), command == "rcpt" && strings.Contains(argument, "@evil.example")
		})
		b.startMany(1)
		b.deliver()
		for second := range 120 {
			for i := range 2 {
				b.start("acme", fmt.Sprintf("x%d-%d@evil.example", second, i))
			}
			if second%5 == 0 {
				b.startMany(1)
			}
			b.deliver()
			b.wantTaken(b.serial)
			b.clock.Advance(time.Second)
		}
		if log := b.log.String(); !strings.Contains(log, "takes nothing") || !strings.Contains(log, "works again") {
			t.Error("the relay was never held to be in trouble")
		}
	})
}

// An operator's fault that is mended late in the links' life costs nobody new their mail, and
// is told once.
func TestARelayThatRefusesEverybodyLosesNoNewcomersMail(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		refusals := 0
		b.relay.decideBy(func(command, _ string) (step, bool) {
			refusals++
			return say(fmt.Sprintf("554 5.7.%d relay access denied", refusals%2)), command == "rcpt"
		})
		links := b.startMany(20)
		for range 9 * 60 {
			b.deliver()
			b.clock.Advance(time.Second)
		}
		if got := strings.Count(b.log.String(), "level=WARN"); got != 1 {
			t.Errorf("got %d warnings, want one", got)
		}
		b.relay.decideBy(nil)
		for range 60 {
			b.deliver()
			b.clock.Advance(time.Second)
		}
		for _, link := range links {
			b.wantEvent(link, models.EventMailSent, "")
		}
	})
}

// What was tried before the relay refused everybody does not hasten its probes.
func TestRetriedMailProbesWithPauses(t *testing.T) {
	for at, reply := range map[string]string{"mail": "452 4.3.1 disk full", "rcpt": "554 5.7.1 relay access denied"} {
		t.Run(at, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bench) {
				b.relay.set("rcpt", say("450 4.2.0 greylisted"))
				b.prove(b.startMany(100))
				b.deliver()
				b.relay.unset("rcpt")
				b.relay.set(at, say(reply))
				before := b.attempts(at)
				for range 60 {
					b.clock.Advance(time.Second)
					b.deliver()
				}
				if got := b.attempts(at) - before; got > 100 {
					t.Errorf("tried %d times in a minute, want single probes", got)
				}
			})
		})
	}
}

// A relay that comes back and refuses is unreachable no more.
func TestARefusalIsAnotherTroubleThanSilence(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("greeting", hangUp())
		b.startMany(2)
		b.deliver()
		b.wantTrouble("the mail relay is unreachable (no reply)")
		b.relay.unset("greeting")
		b.relay.set("rcpt", say("554 5.7.1 relay access denied"))
		b.clock.Advance(lastProbePause)
		b.deliver()
		b.wantTrouble("the mail relay refuses to take mail from us (554 5.7.1)")
	})
}
