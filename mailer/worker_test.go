package mailer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// onBoth runs a test on both databases, with a clock that stands still and a relay
// that takes everything.
func onBoth(t *testing.T, test func(t *testing.T, b *bench)) {
	c := newClock()
	storetest.EachAt(t, c.Now, func(t *testing.T, st *store.Store) {
		test(t, newBench(t, st, c, startRelay(t)))
	})
}

func TestMailIsSentOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, mail := b.start("acme", "ada@example.com")
		b.deliver()
		b.deliver()
		b.wantTaken(1)
		got := <-b.relay.mails
		if got.from != "login@acme.example" || got.to != "ada@example.com" {
			t.Errorf("got envelope %q to %q", got.from, got.to)
		}
		if id, want := got.header("Message-ID"), "<"+mail.ID.String()+"@acme.example>"; id != want {
			t.Errorf("got Message-ID %s, want %s", id, want)
		}
		b.wantEvent(link, models.EventMailSent, "")
		b.wantHealthy()
	})
}

func TestDeferredMailWaitsItsOwnPause(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("rcpt", say("450 4.2.0 greylisted"))
		link, _ := b.start("acme", "ada@example.com")
		b.deliver()
		b.relay.unset("rcpt")
		b.deliver()
		b.wantTaken(0)
		b.wantHealthy()
		b.clock.Advance(3 * time.Second)
		b.deliver()
		b.wantTaken(1)
		b.wantEvent(link, models.EventMailSent, "")
	})
}

// A mail in doubt is sent again under the same Message-ID, and the history says so.
func TestPossibleDuplicateIsMarked(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("message", hangUp())
		link, mail := b.start("acme", "ada@example.com")
		b.deliver()
		b.relay.unset("message")
		b.clock.Advance(3 * time.Second)
		b.deliver()
		got := <-b.relay.mails
		if id, want := got.header("Message-ID"), "<"+mail.ID.String()+"@acme.example>"; id != want {
			t.Errorf("got Message-ID %s, want %s", id, want)
		}
		b.wantEvent(link, models.EventMailSent, "possible_duplicate")
		if !strings.Contains(b.log.String(), "may arrive twice") {
			t.Errorf("nothing about a duplicate in the log:\n%s", b.log)
		}
	})
}

// Whatever goes wrong before, one mail arrives in the end and never another.
func TestOneMailArrivesInTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		at     string
		does   []step // one for each attempt, until the relay takes it
		detail string
	}{
		"closes after the 250":       {"message", []step{{reply: "250 2.0.0 queued", close: true}}, ""},
		"450 three times":            {"rcpt", []step{say("450 4.2.0 no"), say("450 4.2.0 no"), say("450 4.2.0 no")}, ""},
		"451 after the dot":          {"message", []step{say("451 4.3.0 no")}, ""},
		"closes at DATA":             {"data", []step{hangUp()}, ""},
		"closes in the message":      {"body", []step{hangUp()}, "possible_duplicate"}, // the client cannot tell it from the next
		"closes after the dot":       {"message", []step{hangUp()}, "possible_duplicate"},
		"closes, then 450, then 250": {"message", []step{hangUp(), say("450 4.2.0 no")}, "possible_duplicate"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bench) {
				faults := c.does
				b.relay.decideBy(func(command, _ string) (step, bool) {
					if command != c.at || len(faults) == 0 {
						return step{}, false
					}
					return faults[0], true
				})
				link, mail := b.start("acme", "ada@example.com")
				for range c.does {
					b.deliver()
					b.relay.change(func(*testRelay) { faults = faults[1:] })
					b.clock.Advance(time.Minute)
				}
				b.deliver()
				b.deliver()
				b.wantTaken(1)
				b.wantEvent(link, models.EventMailSent, c.detail)
				if id, want := (<-b.relay.mails).header("Message-ID"), "<"+mail.ID.String()+"@acme.example>"; id != want {
					t.Errorf("got Message-ID %s, want %s", id, want)
				}
			})
		})
	}
}

func TestRefusalOfThemBounces(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("rcpt", say("550 5.1.1 nobody <ada@example.com>"))
		link, _ := b.start("acme", "ada@example.com")
		b.deliver()
		b.wantEvent(link, models.EventMailBounced, "550 5.1.1")
		b.wantHealthy()
		if strings.Contains(b.log.String(), "example.com") {
			t.Errorf("the log names an address:\n%s", b.log)
		}
	})
}

func TestDeadLinksAreNotMailed(t *testing.T) {
	kill := map[string]func(*bench, models.MagicLink){
		"link_redeemed": func(b *bench, link models.MagicLink) {
			b.write(func(tx *store.Tx) error { return tx.RedeemLink("acme", link.ID, models.At(b.clock.Now())) })
		},
		"link_revoked": func(b *bench, link models.MagicLink) {
			sibling := link
			sibling.ID = models.NewID(b.clock.Now())
			b.write(func(tx *store.Tx) error { return tx.RevokeSiblings(sibling, models.At(b.clock.Now())) })
		},
		"link_expired":         func(b *bench, _ models.MagicLink) { b.clock.Advance(16 * time.Minute) },
		"link_about_to_expire": func(b *bench, _ models.MagicLink) { b.clock.Advance(14*time.Minute + time.Second) },
	}
	for reason, kill := range kill {
		t.Run(reason, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bench) {
				link, _ := b.start("acme", "ada@example.com")
				kill(b, link)
				b.deliver()
				b.wantTaken(0)
				b.wantEvent(link, models.EventMailExpired, reason)
			})
		})
	}
}

// A mail that is never taken ends as expired when its link has a minute left.
func TestEveryMailEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("rcpt", say("451 4.3.0 later"))
		link, _ := b.start("acme", "ada@example.com")
		for range 15 * 60 {
			b.clock.Advance(time.Second)
			b.deliver()
		}
		b.wantEvent(link, models.EventMailExpired, "link_about_to_expire")
		tries := strings.Count(strings.Join(b.relay.commands(), "\n"), "RCPT")
		if tries < 7 || tries > 13 {
			t.Errorf("got %d attempts in a quarter of an hour, want about ten", tries)
		}
	})
}

func TestConnectionsAreKept(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.worker = b.newWorker(4)
		b.startMany(200)
		b.deliver()
		b.wantTaken(200)
		if got := b.relay.connected(); got > 4 {
			t.Errorf("got %d connections for 200 mails over four senders", got)
		}
	})
}

func TestTwoWorkersNeverSendTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		links := b.startMany(120)
		workers := []*Worker{b.newWorker(4), b.newWorker(4)}
		var done sync.WaitGroup
		for _, w := range workers {
			done.Go(func() {
				if err := w.DeliverDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		b.wantTaken(120)
		seen := make(map[string]bool)
		for range len(b.relay.mails) {
			id := (<-b.relay.mails).header("Message-ID")
			if seen[id] {
				t.Errorf("%s was sent twice", id)
			}
			seen[id] = true
		}
		for _, link := range links {
			b.wantEvent(link, models.EventMailSent, "")
		}
	})
}

// What a killed process had claimed is taken up when its lease is over. PostgreSQL
// measures leases by its own clock, which no test can move.
func TestStrandedClaimIsTakenUp(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.Now, func(t *testing.T, st *store.Store) {
		if strings.HasSuffix(t.Name(), "postgres") {
			t.Skip("the lease is on the database's clock")
		}
		b := newBench(t, st, c, startRelay(t))
		link, mail := b.start("acme", "ada@example.com")
		if _, err := storetest.ClaimMail(t.Context(), st, mail.ID, lease); err != nil {
			t.Fatal(err)
		}
		b.deliver()
		b.wantTaken(0)
		b.clock.Advance(lease + time.Millisecond)
		b.deliver()
		b.wantEvent(link, models.EventMailSent, "")
	})
}

func TestUnknownProjectKeepsItsMail(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link, _ := b.start("gone", "ada@example.com")
		b.deliver()
		b.wantTaken(0)
		b.wantNoEvent(link)
	})
}

// running runs the worker until the returned function is called, which waits for
// its end.
func running(t *testing.T, w *Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Run did not end within ten seconds")
		}
	})
	t.Cleanup(stop)
	return stop
}

func take(t *testing.T, relay *testRelay) testMail {
	t.Helper()
	select {
	case m := <-relay.mails:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no mail came")
		return testMail{}
	}
}

func TestWokenMailGoesOutAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		stop := running(t, b.worker)
		for range 3 {
			link, mail := b.start("acme", "ada@example.com")
			b.worker.Wake(mail.ID)
			if got := take(t, b.relay); !strings.Contains(got.source, link.ID.Reference()) {
				t.Errorf("got another mail:\n%s", got.source)
			}
		}
		stop()
		b.wantTaken(0)
	})
}

// Mail of an earlier run, and more of it than memory holds, is found by itself.
func TestBacklogLargerThanTheQueueIsDrained(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.worker = b.newWorker(4)
		const backlog = fillSize + 2*lowWater
		b.startMany(backlog)
		if err := errors.Join(b.worker.prepare(), b.worker.fill(t.Context())); err != nil || !b.worker.queue.more.Load() {
			t.Errorf("got %v, and the queue knows of more: %v", err, b.worker.queue.more.Load())
		}
		stop := running(t, b.worker)
		seen := make(map[string]bool)
		for range backlog {
			seen[take(t, b.relay).header("Message-ID")] = true
		}
		stop()
		b.wantTaken(0)
		if len(seen) != backlog {
			t.Errorf("got %d different mails, want %d", len(seen), backlog)
		}
	})
}

func TestWokenTwiceIsQueuedOnce(t *testing.T) {
	q := newQueue()
	id := models.NewID(asked)
	q.add(id)
	q.add(id)
	if got := len(q.ids); got != 1 {
		t.Errorf("got %d times in the queue", got)
	}
	q.take(1)
	q.add(id) // it is in a clerk's hands
	if got := len(q.ids); got != 0 {
		t.Errorf("got it back in the queue while it is being sent")
	}
	q.done(id)
	q.add(id)
	if got := len(q.ids); got != 1 {
		t.Errorf("got %d times in the queue after it was done", got)
	}
}

func TestWakeNeverBlocksAndMemoryIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		for range 100_000 {
			b.worker.Wake(models.NewID(b.clock.Now()))
		}
		if got := len(b.worker.queue.known); got != queueSize {
			t.Errorf("got %d ids in memory, want %d", got, queueSize)
		}
		if !b.worker.queue.more.Load() {
			t.Error("nobody will look for the rest")
		}
	})
}

// The mail under way is finished, its outcome recorded, and the rest left alone.
func TestStopFinishesTheMailUnderWay(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		reached := make(chan struct{})
		var once sync.Once
		b.relay.decideBy(func(command, _ string) (step, bool) {
			if command == "rcpt" {
				once.Do(func() {
					close(reached)
					<-ctx.Done()
					<-time.After(150 * time.Millisecond) // a slow relay: time enough to be cut off
				})
			}
			return step{}, false
		})
		first, mail := b.start("acme", "first@example.com")
		second, later := b.start("acme", "second@example.com")
		ended := make(chan error, 1)
		b.worker.Wake(mail.ID)
		b.worker.Wake(later.ID)
		go func() { ended <- b.worker.Run(ctx) }()
		<-reached
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if commands := b.relay.commands(); commands[len(commands)-1] != "QUIT" {
			t.Errorf("the relay was left without QUIT: %q", commands)
		}
		switch m := take(t, b.relay); m.to {
		case "first@example.com":
			b.wantEvent(first, models.EventMailSent, "")
			b.wantNoEvent(second)
		default:
			b.wantEvent(second, models.EventMailSent, "")
			b.wantNoEvent(first)
		}
		b.wantTaken(0)
		b.worker = b.newWorker(1)
		b.deliver() // the next start sends the other
		b.wantEvent(first, models.EventMailSent, "")
		b.wantEvent(second, models.EventMailSent, "")
	})
}

// A relay that hangs does not hold up the end for longer than the drain, and the
// mail is tried again later.
func TestStopGivesAHangingRelayUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as the drain")
	}
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bench) {
		reached := make(chan struct{})
		b.relay.decideBy(func(command, _ string) (step, bool) {
			if command != "rcpt" {
				return step{}, false
			}
			close(reached)
			return step{hang: true}, true
		})
		link, mail := b.start("acme", "ada@example.com")
		stop := running(t, b.worker)
		b.worker.Wake(mail.ID)
		<-reached
		stop() // fails the test after ten seconds
		b.wantNoEvent(link)
		b.clock.Advance(3 * time.Second)
		if _, err := storetest.ClaimMail(t.Context(), b.store, mail.ID, lease); err != nil {
			t.Errorf("the mail was not given back: %v", err)
		}
	})
}

// An operator who is asked why a mail expired needs what its relay said last.
func TestAnExpiredMailKeepsItsLastReply(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("rcpt", say("451 4.7.1 greylisted"))
		_, mail := b.start("acme", "ada@example.com")
		b.deliver()
		b.clock.Advance(20 * time.Minute)
		b.deliver()
		owed, err := b.store.Read(context.Background()).Mail(mail.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := owed.Mail; got.Status != models.MailExpired || got.LastReply != "451 4.7.1" || got.Attempts != 1 {
			t.Errorf("got %s after %d attempts, last %q; want expired after 1, 451 4.7.1", got.Status, got.Attempts, got.LastReply)
		}
	})
}
