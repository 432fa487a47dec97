package mailer

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
	"latchkey/templates"
)

func newClock() *storetest.Clock { return storetest.NewClock(asked) }

func testKeys(t *testing.T) *sealed.KeyRing {
	t.Helper()
	ring, err := sealed.NewKeyRing(map[byte][]byte{1: make([]byte, sealed.MasterKeySize)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// logbook collects what was logged.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bench is a worker with what it works on.
type bench struct {
	t      *testing.T
	store  *store.Store
	clock  *storetest.Clock
	relay  *testRelay
	worker *Worker
	log    *logbook
	serial int
}

func newBench(t *testing.T, st *store.Store, c *storetest.Clock, relay *testRelay) *bench {
	t.Helper()
	b := &bench{t: t, store: st, clock: c, relay: relay, log: &logbook{}}
	b.worker = b.newWorker(1)
	return b
}

// newWorker makes another worker on the same store and relay.
func (b *bench) newWorker(senders int) *Worker {
	b.t.Helper()
	return b.workerWith(senders, mustParse(b.t, b.relay.url()))
}

func (b *bench) workerWith(senders int, relays ...Relay) *Worker {
	b.t.Helper()
	set, err := templates.Load("")
	if err != nil {
		b.t.Fatal(err)
	}
	config := testConfig()
	config.Relays, config.Senders = relays, senders
	w := &Worker{
		Store: b.store, Keys: testKeys(b.t), Templates: set, Config: config, Now: b.clock.Now,
		Logger: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	b.t.Cleanup(func() {
		for _, lane := range w.lanes {
			for _, s := range lane.senders {
				s.carrier.quit()
			}
		}
	})
	return w
}

// start writes what a start writes, and returns the link with its mail.
func (b *bench) start(project, address string) (link models.MagicLink, mail models.QueuedMail) {
	b.t.Helper()
	b.write(func(tx *store.Tx) (err error) {
		link, mail, err = b.insert(tx, project, address)
		return err
	})
	return link, mail
}

// startMany returns the links of n mails to different people.
func (b *bench) startMany(n int) []models.MagicLink {
	b.t.Helper()
	links := make([]models.MagicLink, n)
	b.write(func(tx *store.Tx) (err error) {
		for i := range links {
			b.serial++
			if links[i], _, err = b.insert(tx, "acme", fmt.Sprintf("person%d@example.com", b.serial)); err != nil {
				return err
			}
		}
		return nil
	})
	return links
}

// prove has all who have a link come in once.
func (b *bench) prove(links []models.MagicLink) {
	b.t.Helper()
	b.write(func(tx *store.Tx) error {
		for _, link := range links {
			email := models.Email{ID: link.EmailID, ProjectID: link.ProjectID, UserID: link.UserID}
			if err := tx.ProveEmail(email, models.At(b.clock.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) write(fn func(tx *store.Tx) error) {
	b.t.Helper()
	if err := b.store.Write(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) insert(tx *store.Tx, project, address string) (models.MagicLink, models.QueuedMail, error) {
	now := b.clock.Now()
	at := models.At(now)
	user := models.User{ID: models.NewID(now), ProjectID: project, Status: models.UserPending, CreatedAt: at}
	email := models.Email{ID: models.NewID(now), ProjectID: project, UserID: user.ID, Address: address, Identity: address, CreatedAt: at}
	known, _, err := tx.EnsurePerson(user, email)
	if err != nil {
		return models.MagicLink{}, models.QueuedMail{}, err
	}
	link := models.MagicLink{
		ID: models.NewID(now), ProjectID: project, UserID: known.UserID, EmailID: known.ID, KeyID: 1,
		Kind: models.LinkLogin, Challenge: "challenge", RedirectURL: "https://app.example/",
		CreatedAt: at, ExpiresAt: at.Add(15 * time.Minute),
	}
	mail := models.QueuedMail{
		ID: models.NewID(now), ProjectID: project, LinkID: link.ID, Status: models.MailQueued,
		NextAttemptAt: at, CreatedAt: at, ExpiresAt: link.ExpiresAt,
	}
	return link, mail, tx.InsertLink(link, mail)
}

func (b *bench) deliver() {
	b.t.Helper()
	if err := b.worker.DeliverDue(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// wantEvent checks that the link's history is one line of that kind.
func (b *bench) wantEvent(link models.MagicLink, kind models.EventKind, detail string) {
	b.t.Helper()
	events, err := b.store.Read(context.Background()).EventsOf(link.ProjectID, link.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(events) != 1 || events[0].Kind != kind || events[0].Detail != detail {
		b.t.Errorf("got events %+v, want one %s (%q)", events, kind, detail)
	}
}

func (b *bench) wantNoEvent(link models.MagicLink) {
	b.t.Helper()
	events, err := b.store.Read(context.Background()).EventsOf(link.ProjectID, link.ID)
	if err != nil || len(events) != 0 {
		b.t.Errorf("got events %+v, %v; want none", events, err)
	}
}

func (b *bench) wantTaken(n int) {
	b.t.Helper()
	if got := len(b.relay.mails); got != n {
		b.t.Errorf("the relay took %d mails, want %d", got, n)
	}
}

func (b *bench) wantHealthy() {
	b.t.Helper()
	if got := b.worker.Health(); got.Degraded {
		b.t.Errorf("got %+v, want the relay to be well", got)
	}
}

func (b *bench) wantTrouble(reason string) {
	b.t.Helper()
	if got := b.worker.Health(); !got.Degraded || got.Reason != reason {
		b.t.Errorf("got %+v, want %q", got, reason)
	}
}
