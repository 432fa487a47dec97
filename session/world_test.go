package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

const (
	project = "project-test-one"
	another = "project-test-two" // adds the vendor's claim
	live    = "project-live-three"
	issuer  = "https://login.example"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// world is a service on a real database.
type world struct {
	*testing.T
	*Service
	clock *storetest.Clock
}

// eachWorld runs the test on both databases.
func eachWorld(t *testing.T, test func(w *world)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock(epoch)
		st := storetest.Open(t, url, clock.Now)
		keys := ring(t, 7)
		test(&world{T: t, clock: clock, Service: &Service{
			Store: st, Keys: keys, Now: clock.Now, Signer: load(t, loader(st, keys), everybody(DefaultAlgorithm)),
		}})
	})
}

func everybody(algorithm string) map[string]ProjectConfig {
	return map[string]ProjectConfig{
		project: {Algorithm: algorithm}, another: {Algorithm: algorithm, VendorClaim: true}, live: {Algorithm: algorithm},
	}
}

func ring(t testing.TB, fill byte) *sealed.KeyRing {
	t.Helper()
	keys, err := sealed.NewKeyRing(map[byte][]byte{1: bytes.Repeat([]byte{fill}, sealed.MasterKeySize)}, 1)
	fatal(t, err)
	return keys
}

func loader(st *store.Store, keys *sealed.KeyRing) *Loader {
	return &Loader{Store: st, Keys: keys, Now: func() time.Time { return epoch }, Rand: rand.Reader, Issuer: issuer}
}

func load(t testing.TB, l *Loader, projects map[string]ProjectConfig) *Signer {
	t.Helper()
	signer, err := l.Load(ctx, projects)
	fatal(t, err)
	return signer
}

// begin starts a session of the given life for a new person, as a redemption does.
func (w *world) begin(projectID string, life time.Duration) *Issued {
	w.Helper()
	user := models.User{ID: models.NewID(epoch), ProjectID: projectID, Status: models.UserActive}
	identity := user.ID.Reference() + "@example.com"
	email := models.Email{ID: models.NewID(epoch), ProjectID: projectID, UserID: user.ID, Address: identity, Identity: identity}
	issued, err := w.Prepare(ctx, Grant{
		User: user, Emails: []models.Email{email}, Factor: email.ID, Method: models.MethodLink,
		Attributes: Attributes{IPAddress: "192.0.2.1", UserAgent: "Firefox"}, Life: life,
	})
	fatal(w, err)
	fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
		if _, _, err := tx.EnsurePerson(user, email); err != nil {
			return err
		}
		return w.Keep(tx, issued)
	}))
	return issued
}

func byToken(s *Issued) Credentials { return Credentials{Token: s.Token} }
func byJWT(s *Issued) Credentials   { return Credentials{JWT: s.JWT} }

func (w *world) authenticate(s *Issued, c Credentials) *Authenticated {
	w.Helper()
	got, err := w.Authenticate(ctx, s.Session.ProjectID, c, Changes{})
	fatal(w, err)
	return got
}

func (w *world) wantErr(err error, want *problem.Problem) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("got %v, want %v", err, want)
	}
}

// wantOver wants that neither credential opens the session.
func (w *world) wantOver(s *Issued) {
	w.Helper()
	for _, c := range []Credentials{byToken(s), byJWT(s)} {
		_, err := w.Authenticate(ctx, s.Session.ProjectID, c, Changes{})
		w.wantErr(err, problem.SessionNotFound)
	}
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
