package mailer

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// courier waits for the worker to have a clerk who can be set aside.
func (b *bench) courier() *store.Courier {
	b.t.Helper()
	for began := time.Now(); time.Since(began) < 10*time.Second; runtime.Gosched() {
		if c := b.worker.Courier(); c != nil {
			return c
		}
	}
	b.t.Fatal("no clerk was idle in ten seconds")
	return nil
}

// couriers sets all idle clerks aside, once there are so many.
func (b *bench) couriers(n int) (all []*store.Courier) {
	b.t.Helper()
	for range n {
		all = append(all, b.courier())
	}
	if b.worker.Courier() != nil {
		b.t.Errorf("more than the %d clerks there are were set aside", n)
	}
	return all
}

// startFor writes what a start writes that has a courier.
func (b *bench) startFor(c *store.Courier) (link models.MagicLink, owed *store.OwedMail) {
	b.t.Helper()
	var mail models.QueuedMail
	b.write(func(tx *store.Tx) (err error) {
		if link, mail, err = b.insert(tx, "acme", "ada@example.com"); err != nil {
			return err
		}
		return tx.ClaimOwn(mail.ID, c.Lease)
	})
	owed, err := b.store.Read(context.Background()).Mail(mail.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return link, owed
}

func TestACourierTakesItsMailAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		stop := running(t, b.worker)
		c := b.courier()
		link, owed := b.startFor(c)
		other := b.newWorker(1)
		if err := other.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.wantTaken(0) // another replica has seen it, and left it to us
		c.Send(owed)
		if got := take(t, b.relay); !strings.Contains(got.source, link.ID.Reference()) {
			t.Errorf("got another mail:\n%s", got.source)
		}
		stop()
		b.wantTaken(0)
		b.wantEvent(link, models.EventMailSent, "")
	})
}

func TestCouriersAreIdleClerks(t *testing.T) {
	b := newBench(t, storetest.Open(t, "sqlite:"+t.TempDir()+"/latchkey.db", newClock().Now), newClock(), startRelay(t))
	if b.worker.Courier() != nil {
		t.Error("there was a courier before the worker ran")
	}
	stop := running(t, b.worker)
	for range 3 { // let go, they are idle again
		for _, c := range b.couriers(clerksPerSender) {
			c.LetGo()
		}
	}
	_, mail := b.start("acme", "ada@example.com")
	all := b.couriers(clerksPerSender)
	b.worker.Wake(mail.ID) // a claim takes any clerk, set aside or not
	take(t, b.relay)
	for _, c := range all {
		c.LetGo()
	}
	for _, c := range b.couriers(clerksPerSender) {
		c.LetGo()
	}
	stop()
	if b.worker.Courier() != nil {
		t.Error("there was a courier after the worker had stopped")
	}
}

// An older mail comes first, and a relay in trouble is nobody's.
func TestThereIsNoCourierWhileMailWaits(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("mail", step{reply: "421 4.3.2 shutting down", close: true})
		running(t, b.worker)
		_, mail := b.start("acme", "ada@example.com")
		b.courier().LetGo()
		b.worker.Wake(mail.ID)
		for !b.worker.Health().Degraded {
			runtime.Gosched()
		}
		if b.worker.Courier() != nil {
			t.Error("there was a courier for a relay in trouble")
		}
		b.relay.unset("mail")
		b.clock.Advance(lastProbePause)
		take(t, b.relay)
		b.courier().LetGo()
		b.worker.roster.passing.Store(true)
		if b.worker.Courier() != nil {
			t.Error("a mail overtook one that is being passed to a clerk")
		}
		b.worker.roster.passing.Store(false)
		b.worker.queue.add(models.NewID(asked))
		if b.worker.queue.waits() && b.worker.Courier() != nil && b.worker.queue.waits() {
			t.Error("a mail overtook one that waits")
		}
	})
}

// home waits until the clerks have gone home, and only who was set aside is still told.
func (b *bench) home() {
	b.t.Helper()
	for began := time.Now(); time.Since(began) < 10*time.Second; runtime.Gosched() {
		b.worker.roster.mu.Lock()
		left := b.worker.roster.idle + b.worker.roster.aside
		b.worker.roster.mu.Unlock()
		if left == 0 {
			return
		}
	}
	b.t.Fatal("the clerks had not gone home in ten seconds")
}

// A start that was under way when the worker was told to stop gives its mail back, for the
// next one to send at once.
func TestAMailForACourierWhoIsGoneIsGivenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- b.worker.Run(ctx) }()
		sends, letsGo := b.courier(), b.courier()
		link, owed := b.startFor(sends)
		cancel()
		b.home()
		sends.Send(owed)
		select {
		case <-ended:
			t.Error("the worker went while somebody was set aside")
		default:
		}
		letsGo.LetGo()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		b.worker = b.newWorker(1)
		b.deliver()
		b.wantEvent(link, models.EventMailSent, "")
		b.wantTaken(1)
	})
}

// However many mails cannot be given back, since the database went as well, nobody waits for
// longer than for one.
func TestTheEndDoesNotWaitForEachMail(t *testing.T) {
	b := newBench(t, storetest.Open(t, "sqlite:"+t.TempDir()+"/latchkey.db", newClock().Now), newClock(), startRelay(t))
	stop := running(t, b.worker)
	all := b.couriers(clerksPerSender)
	var mails []*store.OwedMail
	for _, c := range all {
		_, owed := b.startFor(c)
		mails = append(mails, owed)
	}
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	b.home()
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	for i, c := range all {
		c.Send(mails[i])
	}
	<-stopped // running fails the test after ten seconds
}
