package magiclink

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
	"latchkey/store/storetest"
)

const (
	required  = "project-test-required" // requires PKCE, the default
	optional  = "project-test-optional" // does not; uses the vendor's names
	appURL    = "https://app.example/cb"
	appAny    = "https://app.example/any"
	native    = "com.example.app:/cb"
	ada       = "ada@example.com"
	loginTTL  = time.Hour
	signupTTL = 24 * time.Hour
	inviteTTL = 48 * time.Hour
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// world is a service on a real database.
type world struct {
	*testing.T
	*Service
	db    *sql.DB // the same database, past the store
	clock *storetest.Clock
	mails []models.ID // those that MailQueued was told of
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
	config := session.ProjectConfig{Algorithm: session.DefaultAlgorithm}
	signer, err := loader.Load(ctx, map[string]session.ProjectConfig{required: config, optional: config})
	fatal(t, err)
	w := &world{T: t, clock: clock}
	w.Service = &Service{
		Store: st, Keys: keys, Now: clock.Now, MailQueued: w.mailQueued,
		Sessions: &session.Service{Store: st, Keys: keys, Signer: signer, Now: clock.Now},
		Locales:  []string{"en", "es"},
		Projects: map[string]*Project{
			required: {ID: required, Redirects: redirects(t), LoginTTL: loginTTL, SignupTTL: signupTTL, InviteTTL: inviteTTL},
			optional: {ID: optional, Redirects: redirects(t), LoginTTL: loginTTL, SignupTTL: signupTTL, InviteTTL: inviteTTL, PKCEOptional: true, VendorNames: true},
		},
	}
	return w
}

func redirects(t *testing.T) Redirects {
	return Redirects{Entries: []RedirectEntry{entry(t, appURL), entry(t, appAny+"?*"), entry(t, native)}}
}

// mailQueued reads the row, which another connection sees only once it is committed.
func (w *world) mailQueued(id models.ID) {
	due, err := w.Store.DueMails(ctx, 1000)
	if err != nil {
		w.Error(err)
	}
	if !slices.Contains(due, id) {
		w.Errorf("mail %s was announced before it was durable", id.Reference())
	}
	w.mails = append(w.mails, id)
}

// flow is a client that has asked for a link, and the link it was sent.
type flow struct {
	project, verifier, token string
	link                     *models.MagicLink
	started                  *Started
}

// start asks for a link as an app does; change may alter the request.
func (w *world) start(change ...func(*StartRequest)) flow {
	w.Helper()
	f := flow{project: required, verifier: NewVerifier()}
	request := StartRequest{ProjectID: required, Email: ada, Challenge: ChallengeOf(f.verifier), LoginURL: appURL, SignupURL: appURL}
	for _, c := range change {
		c(&request)
	}
	if f.project = request.ProjectID; request.Challenge == "" {
		f.verifier = ""
	}
	var err error
	f.started, err = w.Start(ctx, request)
	fatal(w, err)
	f.link = w.mailed()
	f.token, err = w.Keys.Seal(f.link.KeyID, sealed.Link, f.link.ID)
	fatal(w, err)
	return f
}

// mailed is the link of the last mail.
func (w *world) mailed() *models.MagicLink {
	w.Helper()
	owed, err := storetest.ClaimMail(ctx, w.Store, w.mails[len(w.mails)-1], time.Minute)
	fatal(w, err)
	return &owed.Link
}

func with(challenge string) func(*StartRequest) {
	return func(r *StartRequest) { r.Challenge = challenge }
}

func in(project string) func(*StartRequest) {
	return func(r *StartRequest) { r.ProjectID = project }
}

func leadingTo(url string) func(*StartRequest) {
	return func(r *StartRequest) { r.LoginURL, r.SignupURL = url, url }
}

func to(address string) func(*StartRequest) {
	return func(r *StartRequest) { r.Email = address }
}

// request is what redeems the flow's link; change may alter it.
func (f flow) request(change ...func(*RedeemRequest)) RedeemRequest {
	r := RedeemRequest{ProjectID: f.project, Token: f.token, Verifier: f.verifier}
	for _, c := range change {
		c(&r)
	}
	return r
}

func by(verifier string) func(*RedeemRequest) {
	return func(r *RedeemRequest) { r.Verifier = verifier }
}

func forMinutes(minutes int) func(*RedeemRequest) {
	return func(r *RedeemRequest) { r.Minutes = &minutes }
}

func (w *world) redeem(f flow, change ...func(*RedeemRequest)) *Redeemed {
	w.Helper()
	redeemed, err := w.Redeem(ctx, f.request(change...))
	fatal(w, err)
	return redeemed
}

// refuses redeems and wants the refusal.
func (w *world) refuses(want *problem.Problem, f flow, change ...func(*RedeemRequest)) {
	w.Helper()
	if redeemed, err := w.Redeem(ctx, f.request(change...)); !errors.Is(err, want) {
		w.Errorf("redeem: got %+v, %v, want %v", redeemed, err, want)
	}
}

func (w *world) wantReason(err error, want models.LinkState) {
	w.Helper()
	if p := problem.From(err); p.Type != problem.UnableToAuthMagicLink.Type || p.Details["reason"] != string(want) {
		w.Errorf("got %v with reason %q, want %v with %q", err, p.Details["reason"], problem.UnableToAuthMagicLink, want)
	}
}

func (w *world) state(f flow) models.LinkState {
	w.Helper()
	link, err := w.Store.Read(ctx).Link(f.link.ID)
	fatal(w, err)
	return link.State(models.At(w.clock.Now()))
}

func (w *world) wantState(f flow, want models.LinkState) {
	w.Helper()
	if got := w.state(f); got != want {
		w.Errorf("link %s: got %s, want %s", f.link.ID.Reference(), got, want)
	}
}

// events are the kinds of what happened to the link, in order.
func (w *world) events(f flow) []models.EventKind {
	w.Helper()
	rows, err := w.Store.Read(ctx).EventsOf(f.project, f.link.ID)
	fatal(w, err)
	var kinds []models.EventKind
	for _, row := range rows {
		kinds = append(kinds, row.Kind)
	}
	return kinds
}

// query is the query of a landing, which must have each name once.
func (w *world) query(location string) map[string]string {
	w.Helper()
	parsed, err := url.Parse(location)
	fatal(w, err)
	query := make(map[string]string)
	for name, values := range parsed.Query() {
		if query[name] = values[0]; len(values) != 1 {
			w.Errorf("%s: %s stands there %d times", location, name, len(values))
		}
	}
	return query
}

// rows counts what lies in every table that a start or a redemption writes.
func (w *world) rows() map[string]int {
	w.Helper()
	counts := make(map[string]int)
	for _, table := range []string{"users", "emails", "magic_links", "queued_mails", "sessions", "events"} {
		var n int
		fatal(w, w.db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		counts[table] = n
	}
	return counts
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
