package handlers

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	"latchkey/templates"
	"latchkey/users"
)

const (
	publicURL = "https://login.example.com"
	appURL    = "https://app.example.com/authenticate"
	nativeURL = "com.example.app://callback"

	requiredProject = "project-test-required"
	optionalProject = "project-test-optional"
	secret          = "not a real secret"
)

// world is a whole service but for the mailer, over a real database.
type world struct {
	t     testing.TB
	url   string
	store *store.Store
	keys  *sealed.KeyRing
	clock *storetest.Clock
	api   *API
	http  http.Handler
	log   *slog.Logger
	lines *lockedBuffer // what was logged
	pages *templates.Set
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
		c := storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		w := newWorld(t, storetest.Open(t, url, c.Now), c)
		w.url = url
		test(t, w)
	})
}

func newWorld(t testing.TB, st *store.Store, c *storetest.Clock) *world {
	t.Helper()
	keys, err := sealed.NewKeyRing(map[byte][]byte{1: bytes.Repeat([]byte{7}, sealed.MasterKeySize)}, 1)
	fatal(t, err)
	loader := session.Loader{Store: st, Keys: keys, Now: c.Now, Rand: rand.Reader, Issuer: publicURL}
	signer, err := loader.Load(context.Background(), map[string]session.ProjectConfig{
		requiredProject: {Algorithm: session.DefaultAlgorithm, VendorClaim: true},
		optionalProject: {Algorithm: session.DefaultAlgorithm},
	})
	fatal(t, err)
	pages, err := templates.Load("")
	fatal(t, err)
	w := &world{t: t, store: st, keys: keys, clock: c, lines: new(lockedBuffer), pages: pages, mails: make(chan models.ID, 1000)}
	w.log = slog.New(slog.NewJSONHandler(w.lines, nil))
	sessions := &session.Service{Store: st, Keys: keys, Signer: signer, Now: c.Now}
	projects := map[string]*magiclink.Project{
		requiredProject: linkProject(t, requiredProject, false),
		optionalProject: linkProject(t, optionalProject, true),
	}
	w.api = &API{
		Door: w.door(), Sessions: sessions,
		Links: &magiclink.Service{
			Store: st, Keys: keys, Sessions: sessions, Now: c.Now,
			MailQueued: func(id models.ID) { w.mails <- id }, Projects: projects, Locales: []string{"en", "es"},
		},
		Users: &users.Service{Store: st, Keys: keys, Projects: projects, Now: c.Now},
		Projects: map[string]Project{
			requiredProject: {ID: requiredProject, SecretHashes: [][32]byte{sha256.Sum256([]byte(secret))}},
			optionalProject: {ID: optionalProject, SecretHashes: [][32]byte{sha256.Sum256([]byte("old")), sha256.Sum256([]byte(secret))}},
		},
		Pages:     pages,
		Readiness: func(ctx context.Context) Readiness { return Readiness{Err: st.Ping(ctx), Status: "ok"} },
	}
	w.http = door.Join(w.api.Handler(), nil)
	return w
}

func (w *world) door() *door.Door {
	return &door.Door{PublicURL: publicURL, Now: w.clock.Now, Log: w.log}
}

func linkProject(t testing.TB, id string, pkceOptional bool) *magiclink.Project {
	t.Helper()
	project := &magiclink.Project{
		ID: id, PKCEOptional: pkceOptional, LoginTTL: time.Hour, SignupTTL: 7 * 24 * time.Hour, InviteTTL: 7 * 24 * time.Hour,
		Code: true, VendorNames: !pkceOptional,
	}
	for _, written := range []string{appURL, "https://app.example.com/open?*", nativeURL} {
		entry, err := magiclink.ParseRedirectEntry(written, nil)
		fatal(t, err)
		project.Redirects.Entries = append(project.Redirects.Entries, entry)
	}
	return project
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

// field reads a member of the JSON body by its path, as in session.session_id.
func (a answer) field(path string) any {
	var value any
	if json.Unmarshal([]byte(a.body), &value) != nil {
		return nil
	}
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
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

// post sends JSON as the project's back end would.
func (w *world) post(project, path string, body any) answer {
	w.t.Helper()
	encoded, err := json.Marshal(body)
	fatal(w.t, err)
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(encoded))
	r.SetBasicAuth(project, secret)
	r.Header.Set("Content-Type", "application/json")
	return w.do(r)
}

func (w *world) request(method, path string) answer {
	return w.do(httptest.NewRequest(method, path, nil))
}

const (
	startPath  = "/v1/magic_links/email/login_or_create"
	redeemPath = "/v1/magic_links/authenticate"
)

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

// flow is a client that asks for a link and keeps the verifier.
type flow struct {
	project  string
	verifier string
	start    members
	token    string
	code     string
}

func newFlow(project, email string) *flow {
	f := &flow{project: project, verifier: magiclink.NewVerifier()}
	f.start = members{"email": email, "redirect_url": appURL, "code_challenge": magiclink.ChallengeOf(f.verifier)}
	return f
}

// withoutPKCE is a flow as an optional project lets it be.
func withoutPKCE(project, email string) *flow {
	f := newFlow(project, email)
	f.verifier, f.start = "", with(f.start, "code_challenge", nil)
	return f
}

// begin asks for the link and takes its token from what the mailer would be handed.
func (w *world) begin(f *flow) answer {
	w.t.Helper()
	started := w.post(f.project, startPath, f.start)
	if started.StatusCode != http.StatusOK {
		w.t.Fatalf("start: got %d %s", started.StatusCode, started.body)
	}
	f.token, f.code = w.mailed()
	return started
}

// mailed is what the next mail carries.
func (w *world) mailed() (token, code string) {
	w.t.Helper()
	owed, err := storetest.ClaimMail(context.Background(), w.store, <-w.mails, time.Minute)
	fatal(w.t, err)
	token, err = w.keys.Seal(owed.Link.KeyID, sealed.Link, owed.Link.ID)
	fatal(w.t, err)
	code, err = w.keys.Code(owed.Link.KeyID, owed.Link.ID)
	fatal(w.t, err)
	return token, code
}

// redemption is the right request to spend the flow's link.
func (f *flow) redemption() members {
	m := members{"token": f.token, "session_duration_minutes": 60}
	if f.verifier != "" {
		m["code_verifier"] = f.verifier
	}
	return m
}

func (w *world) redeem(f *flow) answer { return w.post(f.project, redeemPath, f.redemption()) }

// wantRefusal checks a refusal's status, type and shape.
func (w *world) wantRefusal(got answer, status int, kind string) {
	w.t.Helper()
	if got.StatusCode != status || got.text("error_type") != kind {
		w.t.Fatalf("got %d %s, want %d %s", got.StatusCode, got.body, status, kind)
	}
	if code, _ := got.field("status_code").(float64); int(code) != status {
		w.t.Errorf("status_code: got %v, want %d", got.field("status_code"), status)
	}
	if !strings.HasPrefix(got.text("request_id"), "request-id-test-") {
		w.t.Errorf("request_id: got %q", got.text("request_id"))
	}
	if want := publicURL + "/errors#" + kind; got.text("error_url") != want {
		w.t.Errorf("error_url: got %q, want %q", got.text("error_url"), want)
	}
	if got.text("error_message") == "" {
		w.t.Error("no error_message")
	}
}

func (w *world) wantOK(got answer) {
	w.t.Helper()
	if got.StatusCode != http.StatusOK {
		w.t.Fatalf("got %d %s, want 200", got.StatusCode, got.body)
	}
}

// wantNoMail checks that nothing was queued and nothing written for the address.
func (w *world) wantNoMail(email string) {
	w.t.Helper()
	if len(w.mails) != 0 {
		w.t.Error("a refused start queued a mail")
	}
	if due, err := w.store.DueMails(context.Background(), 10); err != nil || len(due) != 0 {
		w.t.Errorf("a refused start left %d mails in the database (%v)", len(due), err)
	}
	if _, err := w.store.Read(context.Background()).EmailByIdentity(requiredProject, email); err == nil {
		w.t.Errorf("a refused start wrote the address")
	}
}
