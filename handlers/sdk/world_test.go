package sdk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/handlers/apitest"
	"latchkey/handlers/door"
	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
	"latchkey/store/storetest"
	"latchkey/users"
)

const (
	publicURL = "https://login.example.com"
	appOrigin = "https://app.example.com"
	appURL    = appOrigin + "/authenticate"

	strict      = "project-test-strict" // requires PKCE, and its pages are listed
	strictToken = "public-token-test-strict"
	lax         = "project-live-lax" // pkce: optional, and apps may come in
	laxToken    = "public-token-live-lax"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// world is a whole service but for the mailer, over a real database.
type world struct {
	t     *testing.T
	url   string // of the database
	api   *API
	store *store.Store
	keys  *sealed.KeyRing
	clock *storetest.Clock
	http  http.Handler
	lines *lockedBuffer // what was logged
	mails chan models.ID
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eachWorld runs the test against a service on each database.
func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock(epoch)
		w := newWorld(t, storetest.Open(t, url, clock.Now), clock)
		w.url = url
		test(t, w)
	})
}

func newWorld(t *testing.T, st *store.Store, clock *storetest.Clock) *world {
	t.Helper()
	keys, err := sealed.NewKeyRing(map[byte][]byte{1: bytes.Repeat([]byte{7}, sealed.MasterKeySize)}, 1)
	fatal(t, err)
	loader := session.Loader{Store: st, Keys: keys, Now: clock.Now, Rand: rand.Reader, Issuer: publicURL}
	config := session.ProjectConfig{Algorithm: session.DefaultAlgorithm}
	signer, err := loader.Load(ctx, map[string]session.ProjectConfig{strict: config, lax: config})
	fatal(t, err)
	w := &world{t: t, store: st, keys: keys, clock: clock, lines: new(lockedBuffer), mails: make(chan models.ID, 1000)}
	sessions := &session.Service{Store: st, Keys: keys, Signer: signer, Now: clock.Now}
	projects := map[string]*magiclink.Project{
		strict: {ID: strict, Redirects: redirects(t), LoginTTL: time.Hour, SignupTTL: time.Hour, Code: true},
		lax:    {ID: lax, Redirects: redirects(t), LoginTTL: time.Hour, SignupTTL: time.Hour, Code: true, PKCEOptional: true},
	}
	w.api = &API{
		Door: &door.Door{
			PublicURL: publicURL, Now: clock.Now, Log: slog.New(slog.NewJSONHandler(w.lines, nil)),
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		},
		Links: &magiclink.Service{
			Store: st, Keys: keys, Sessions: sessions, Now: clock.Now, Projects: projects, Locales: []string{"en", "es"},
			MailQueued: func(id models.ID) { w.mails <- id },
		},
		Sessions: sessions,
		Users:    &users.Service{Store: st, Keys: keys, Projects: projects, Now: clock.Now},
		Projects: []Project{
			{ID: strict, Name: "Strict", PublicToken: strictToken, Origins: []string{appOrigin, publicURL}},
			{ID: lax, Name: "Lax", PublicToken: laxToken, Origins: []string{"https://other.example.com"}, NativeApps: true},
		},
	}
	w.http = door.Join(http.NotFoundHandler(), map[string]http.Handler{Path: w.api.Handler()})
	return w
}

func redirects(t *testing.T) magiclink.Redirects {
	t.Helper()
	entry, err := magiclink.ParseRedirectEntry(appURL, nil)
	fatal(t, err)
	return magiclink.Redirects{Entries: []magiclink.RedirectEntry{entry}}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// in reports to the sub-test.
func (w *world) in(t *testing.T) *world {
	sub := *w
	sub.t = t
	return &sub
}

type members = map[string]any

// with is a copy of m with one member changed; nil takes it out.
func with(m members, name string, value any) members {
	changed := make(members, len(m)+1)
	for k, v := range m {
		changed[k] = v
	}
	changed[name] = value
	if value == nil {
		delete(changed, name)
	}
	return changed
}

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

// field reads a member of the JSON body by its path, as in data.session.session_id.
func (a answer) field(path string) any {
	var value any
	if json.Unmarshal([]byte(a.body), &value) != nil {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(members)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

func (a answer) text(path string) string {
	text, _ := a.field(path).(string)
	return text
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	response, body := apitest.Exchange(w.t, w.http, r)
	return answer{Response: response, body: body}
}

// client is a page in somebody's browser.
type client struct {
	*world
	token   string // the project's public token
	session string // of who is signed in there
	origin  string
	ip      string
}

// page is a page of the strict project's, with nobody signed in.
func (w *world) page() client {
	return client{world: w, token: strictToken, origin: appOrigin, ip: "192.0.2.1"}
}

// app is an app of the lax project's, which names no origin.
func (w *world) app() client { return client{world: w, token: laxToken, ip: "192.0.2.1"} }

func (c client) signedIn(sessionToken string) client {
	c.session = sessionToken
	return c
}

func (c client) from(ip string) client {
	c.ip = ip
	return c
}

// request is as the official client sends it.
func (c client) request(method, path string, body any) *http.Request {
	c.t.Helper()
	encoded := []byte{}
	if body != nil {
		var err error
		encoded, err = json.Marshal(body)
		fatal(c.t, err)
	}
	r := httptest.NewRequest(method, Path+path, bytes.NewReader(encoded))
	password := c.token
	if c.session != "" {
		password = c.session
	}
	r.SetBasicAuth(c.token, password)
	r.Header.Set("Content-Type", "application/json")
	if c.origin != "" {
		r.Header.Set("Origin", c.origin)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux)")
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(c.ip), 5000).String()
	return r
}

func (c client) call(method, path string, body any) answer {
	c.t.Helper()
	return c.do(c.request(method, path, body))
}

func (c client) post(path string, body any) answer {
	c.t.Helper()
	return c.call(http.MethodPost, path, body)
}

const (
	startPath  = "/magic_links/email/login_or_create"
	sendPath   = "/magic_links/email/send/primary"
	attachPath = "/magic_links/email/send/secondary"
	redeemPath = "/magic_links/authenticate"
	codePath   = "/otps/authenticate"
)

// flow is a client that asks for a link and keeps the verifier.
type flow struct {
	email    string
	verifier string
	token    string
	code     string
}

func newFlow(email string) *flow { return &flow{email: email, verifier: magiclink.NewVerifier()} }

func (f *flow) start() members {
	return members{"email": f.email, "code_challenge": magiclink.ChallengeOf(f.verifier)}
}

func (f *flow) redemption() members {
	return members{"token": f.token, "code_verifier": f.verifier, "session_duration_minutes": 60}
}

func (f *flow) typed() members {
	return members{"email": f.email, "code": f.code, "code_verifier": f.verifier, "session_duration_minutes": 60}
}

// begin asks for the link and reads the mail.
func (c client) begin(f *flow) answer {
	c.t.Helper()
	started := c.post(startPath, f.start())
	c.wantData(started)
	f.token, f.code = c.mailed()
	return started
}

// come goes through a whole login.
func (c client) come(email string) (client, answer) {
	c.t.Helper()
	f := newFlow(email)
	c.begin(f)
	redeemed := c.post(redeemPath, f.redemption())
	c.wantData(redeemed)
	return c.signedIn(redeemed.text("data.session_token")), redeemed
}

// mailed is what the next mail carries.
func (w *world) mailed() (token, code string) {
	w.t.Helper()
	return w.carried(w.owed())
}

// owed is the link of the next mail.
func (w *world) owed() models.MagicLink {
	w.t.Helper()
	owed, err := storetest.ClaimMail(ctx, w.store, <-w.mails, time.Minute)
	fatal(w.t, err)
	return owed.Link
}

func (w *world) carried(link models.MagicLink) (token, code string) {
	w.t.Helper()
	token, err := w.keys.Seal(link.KeyID, sealed.Link, link.ID)
	fatal(w.t, err)
	code, err = w.keys.Code(link.KeyID, link.ID)
	fatal(w.t, err)
	return token, code
}

// forgetMails passes over what was owed until now.
func (w *world) forgetMails() {
	for len(w.mails) > 0 {
		<-w.mails
	}
}

func (w *world) wantNoMail() {
	w.t.Helper()
	if due, err := w.store.DueMails(ctx, 10); err != nil || len(due) != 0 || len(w.mails) != 0 {
		w.t.Errorf("%d mails are owed (%v), want none", len(due), err)
	}
}

// wantData checks a success and its shape.
func (w *world) wantData(got answer) {
	w.t.Helper()
	if got.StatusCode != http.StatusOK {
		w.t.Fatalf("got %d %s, want 200", got.StatusCode, got.body)
	}
	if status, _ := got.field("data.status_code").(float64); status != 200 || !strings.HasPrefix(got.text("data.request_id"), "request-id-") {
		w.t.Errorf("got %s, want data with request_id and status_code", got.body)
	}
}

// wantRefusal checks a refusal's status, type and shape.
func (w *world) wantRefusal(got answer, status int, kind string) {
	w.t.Helper()
	if got.StatusCode != status || got.text("error_type") != kind {
		w.t.Fatalf("got %d %s, want %d %s", got.StatusCode, got.body, status, kind)
	}
	if code, _ := got.field("status_code").(float64); int(code) != status || got.field("data") != nil {
		w.t.Errorf("got %s, want a refusal that is not wrapped", got.body)
	}
	if got.Header.Get("WWW-Authenticate") != "" {
		w.t.Error("a browser would ask for a password")
	}
}
