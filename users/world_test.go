package users

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
	"latchkey/store/storetest"
)

const (
	project = "project-test-one"
	another = "project-test-two"
	appURL  = "https://app.example/cb"
	ada     = "ada@example.com"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// world is the service on a real database, beside the one that mails links.
type world struct {
	*testing.T
	*Service
	links *magiclink.Service
	db    *sql.DB // the same database, past the store
	clock *storetest.Clock
}

// eachWorld runs the test on both databases.
func eachWorld(t *testing.T, test func(w *world)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock(epoch)
		w := newWorld(t, storetest.Open(t, url, clock.Now), clock)
		w.db = openRaw(t, url)
		test(w)
	})
}

func newWorld(t *testing.T, st *store.Store, clock *storetest.Clock) *world {
	t.Helper()
	keys, err := sealed.NewKeyRing(map[byte][]byte{1: bytes.Repeat([]byte{7}, sealed.MasterKeySize)}, 1)
	fatal(t, err)
	loader := &session.Loader{Store: st, Keys: keys, Now: clock.Now, Rand: rand.Reader, Issuer: "https://login.example"}
	signer, err := loader.Load(ctx, map[string]session.ProjectConfig{project: {Algorithm: session.DefaultAlgorithm}})
	fatal(t, err)
	entry, err := magiclink.ParseRedirectEntry(appURL, nil)
	fatal(t, err)
	projects := map[string]*magiclink.Project{another: {ID: another}, project: {
		ID: project, LoginTTL: time.Hour, SignupTTL: time.Hour,
		Redirects: magiclink.Redirects{Entries: []magiclink.RedirectEntry{entry}},
	}}
	return &world{
		T: t, clock: clock, Service: &Service{Store: st, Keys: keys, Projects: projects, Now: clock.Now},
		links: &magiclink.Service{
			Store: st, Keys: keys, Now: clock.Now, Projects: projects, MailQueued: func(models.ID) {},
			Sessions: &session.Service{Store: st, Keys: keys, Signer: signer, Now: clock.Now},
		},
	}
}

// openRaw opens the database beside the store.
func openRaw(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if path, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		driver, url = "sqlite3", "file:"+path+"?mode=ro"
	}
	db, err := sql.Open(driver, url)
	fatal(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// create makes a person and returns their id as callers name it.
func (w *world) create(address string) (name string) {
	w.Helper()
	person, err := w.Create(ctx, CreateRequest{ProjectID: project, Email: address})
	fatal(w, err)
	return public(person.User.ID)
}

func public(id models.ID) string { return models.PublicID("user", project, id) }

// flow is a link that was asked for, and what redeems it.
type flow struct {
	link            *magiclink.Started
	token, verifier string
}

func (w *world) start(address string) (flow, error) {
	f := flow{verifier: magiclink.NewVerifier()}
	started, err := w.links.Start(ctx, magiclink.StartRequest{
		ProjectID: project, Email: address, Challenge: magiclink.ChallengeOf(f.verifier),
	})
	if err != nil {
		return f, err
	}
	f.link = started
	f.token, err = w.Keys.Seal(1, sealed.Link, started.LinkID)
	return f, err
}

func (w *world) started(address string) flow {
	w.Helper()
	f, err := w.start(address)
	fatal(w, err)
	return f
}

func (w *world) redeem(f flow) (*magiclink.Redeemed, error) {
	minutes := 60
	return w.links.Redeem(ctx, magiclink.RedeemRequest{
		ProjectID: project, Token: f.token, Verifier: f.verifier, SessionRequest: magiclink.SessionRequest{Minutes: &minutes},
	})
}

// count is a number that the database tells.
func (w *world) count(query string, values ...any) (n int) {
	w.Helper()
	fatal(w, w.db.QueryRow(query, values...).Scan(&n))
	return n
}

// wantWhole checks that nothing hangs on what is not there.
func (w *world) wantWhole() {
	w.Helper()
	for what, query := range map[string]string{
		"addresses without their person": "SELECT count(*) FROM emails WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = user_id)",
		"links without their person":     "SELECT count(*) FROM magic_links WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = user_id)",
		"sessions without their person":  "SELECT count(*) FROM sessions WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = user_id)",
		"open links without their address": `SELECT count(*) FROM magic_links WHERE redeemed_at IS NULL AND revoked_at IS NULL
			AND kind <> 'embedded' AND NOT EXISTS (SELECT 1 FROM emails WHERE emails.id = email_id)`,
		"living sessions without their address": `SELECT count(*) FROM sessions WHERE revoked_at IS NULL
			AND method <> 'embedded' AND NOT EXISTS (SELECT 1 FROM emails WHERE emails.id = email_id)`,
		"mails without their link": "SELECT count(*) FROM queued_mails WHERE NOT EXISTS (SELECT 1 FROM magic_links WHERE magic_links.id = link_id)",
	} {
		if n := w.count(query); n != 0 {
			w.Errorf("got %d %s, want none", n, what)
		}
	}
}

// wantOneOf checks an error against those that may be; nil is named as such.
func (w *world) wantOneOf(what string, err error, allowed ...error) {
	w.Helper()
	for _, want := range allowed {
		if errors.Is(err, want) {
			return
		}
	}
	w.Errorf("%s: got %v, want one of %v", what, err, allowed)
}

func (w *world) wantErr(err error, want *problem.Problem) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("got %v, want %v", err, want)
	}
}

// atOnce runs the steps side by side, and returns when all have ended.
func atOnce(steps ...func()) {
	var all sync.WaitGroup
	for _, step := range steps {
		all.Go(step)
	}
	all.Wait()
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
