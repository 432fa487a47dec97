package oracle

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
	"latchkey/store/storetest"
	"latchkey/users"
)

const appURL = "https://app.example/cb"

var ctx = context.Background()

// The flows, which count from 1, and what belongs to them.
var (
	verifiers  = []string{"", magiclink.NewVerifier(), magiclink.NewVerifier(), magiclink.NewVerifier()}
	challenges = []string{"", magiclink.ChallengeOf(verifiers[1]), magiclink.ChallengeOf(verifiers[2]), magiclink.ChallengeOf(verifiers[3])}
)

// system is the real thing: the services over a database, which a crash makes anew, and
// what clients have been handed, which it does not.
type system struct {
	testing.TB
	url   string
	raw   *sql.DB // the same database, past the store
	clock *storetest.Clock
	began time.Time // the sequence

	store    *store.Store
	keys     *sealed.KeyRing
	links    *magiclink.Service
	sessions *session.Service
	users    *users.Service

	mu      sync.Mutex
	made    map[int]handle // by the number of the request
	pressed map[int]bool   // the buttons of invites
	tokens  map[token]string
	visits  map[int]handle // sessions that somebody was told of
}

// handle is what a request made or was about.
type handle struct {
	project, kind, address string
	flow                   int
	link, user, email      models.ID
	session                string
}

func newSystem(t testing.TB, url string) *system {
	s := &system{TB: t, url: url, clock: storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	s.open()
	t.Cleanup(func() { s.store.Close() })
	driver := "pgx"
	if path, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		driver, url = "sqlite3", "file:"+path+"?_busy_timeout=5000&_synchronous=OFF"
	}
	var err error
	s.raw, err = sql.Open(driver, url)
	s.fatal(err)
	t.Cleanup(func() { s.raw.Close() })
	return s
}

// open makes all that lies in memory.
func (s *system) open() {
	var err error
	s.store, err = store.Open(ctx, store.Config{URL: s.url}, s.clock.Now)
	s.fatal(err)
	s.keys, err = sealed.NewKeyRing(map[byte][]byte{1: bytes.Repeat([]byte{7}, sealed.MasterKeySize)}, 1)
	s.fatal(err)
	loader := &session.Loader{Store: s.store, Keys: s.keys, Now: s.clock.Now, Rand: rand.Reader, Issuer: "https://login.example"}
	config := session.ProjectConfig{Algorithm: session.DefaultAlgorithm}
	signer, err := loader.Load(ctx, map[string]session.ProjectConfig{strict: config, lax: config})
	s.fatal(err)
	entry, err := magiclink.ParseRedirectEntry(appURL, nil)
	s.fatal(err)
	projects := make(map[string]*magiclink.Project)
	for _, id := range []string{strict, lax} {
		projects[id] = &magiclink.Project{
			ID: id, PKCEOptional: id == lax, Code: true, Redirects: magiclink.Redirects{Entries: []magiclink.RedirectEntry{entry}},
			LoginTTL: milliseconds(loginLife), SignupTTL: milliseconds(signupLife), InviteTTL: milliseconds(inviteLife),
		}
	}
	s.sessions = &session.Service{Store: s.store, Keys: s.keys, Signer: signer, Now: s.clock.Now}
	s.links = &magiclink.Service{
		Store: s.store, Keys: s.keys, Sessions: s.sessions, Projects: projects, Now: s.clock.Now,
		MailboxLimit: magiclink.MailboxLimit{Burst: burst, PerHour: perHour, PerDay: perDay},
		MailQueued:   func(models.ID) {},
	}
	s.users = &users.Service{Store: s.store, Keys: s.keys, Projects: projects, Now: s.clock.Now}
}

// forget begins a sequence: what the last one left is taken away, which is faster by far
// than a database for each.
func (s *system) forget() {
	for _, table := range []string{"users", "emails", "magic_links", "sessions", "queued_mails", "events", "code_failures", "mailboxes"} {
		_, err := s.raw.Exec("DELETE FROM " + table)
		s.fatal(err)
	}
	s.began = s.clock.Now()
	s.made, s.pressed, s.tokens, s.visits = map[int]handle{}, map[int]bool{}, map[token]string{}, map[int]handle{}
}

func (s *system) fatal(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// since is how an instant is written: milliseconds since the sequence began.
func (s *system) since(at models.Instant) int64 { return at.Time().Sub(s.began).Milliseconds() }

// newer says which of two links counts as the newer one, where both were asked for in
// one millisecond.
func (s *system) newer(a, b int) bool {
	first, second := s.handle(a).link, s.handle(b).link
	return bytes.Compare(first[:], second[:]) > 0
}

func (s *system) handle(number int) handle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made[number]
}

func (s *system) visit(number int) handle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.visits[number]
}

func (s *system) make(number int, h handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[number] = h
}

// tag is how a request's number gets into the rows that it makes.
func tag(number int) session.Attributes { return session.Attributes{UserAgent: strconv.Itoa(number)} }

func (s *system) seal(purpose sealed.Purpose, id models.ID) string {
	token, err := s.keys.Seal(s.keys.Active(), purpose, id)
	if err != nil {
		panic(err)
	}
	return token
}
