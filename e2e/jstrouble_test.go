package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// flaky is a Latchkey that hangs up on requests for a path while it is broken, or lets them
// wait.
type flaky struct {
	url          string
	broken, slow atomic.Value  // of string: how the path ends; "" for none
	waiting      chan struct{} // tells of each that waits
	released     chan struct{} // closed when they may go on
}

func startFlaky(t *testing.T, api string) *flaky {
	t.Helper()
	f, whole := &flaky{waiting: make(chan struct{}, 10), released: make(chan struct{})}, forward(t, api)
	f.broken.Store("")
	f.slow.Store("")
	f.url = startPlain(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if end := f.broken.Load().(string); end != "" && strings.HasSuffix(r.URL.Path, end) {
			panic(http.ErrAbortHandler)
		}
		if end := f.slow.Load().(string); end != "" && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, end) {
			f.waiting <- struct{}{}
			<-f.released
		}
		whole.ServeHTTP(w, r)
	})).URL
	return f
}

// TestANetworkThatFailsCostsNothing: it is said, and the next attempt succeeds; a sign-out
// counts in the browser at once.
func TestANetworkThatFailsCostsNothing(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	api := startFlaky(t, dev.url)
	app := startJSApp(t, dev, func(_ *release, o *jsOptions) { o.URL = api.url })
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")

	api.broken.Store("/magic_links/authenticate")
	page.do(chromedp.Navigate(mail.Link))
	page.reads(testID("refused"), "network: No answer from "+api.url)
	page.checkHistory(secrets{"link's token": mail.Token})
	api.broken.Store("")
	page.click(testID("again"))
	page.reads(testID("who"), "ada@example.com")

	api.broken.Store("/sessions/authenticate")
	page.refuses("session()", "network")
	api.broken.Store("")
	page.until(`client.session().then((state) => state.user.emails[0].email === "ada@example.com")`)

	token := sessionTokenIn(page, "localStorage")
	api.broken.Store("/sessions/revoke")
	page.click(testID("signout"))
	page.reads(testID("refused"), "network: Signed out here only: ")
	page.sees(testID("nobody"))
	page.until(`client.session().then((state) => state === null)`)
	dev.backEnd().expect(t, "/v1/sessions/authenticate", body{"session_token": token}, "") // as was said
}

// TestALoginInBetweenCounts: the answer to a question about the session before, that it is
// over, must not sign out who has just come in.
func TestALoginInBetweenCounts(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	api := startFlaky(t, dev.url)
	app := startJSApp(t, dev, func(_ *release, o *jsOptions) { o.URL = api.url })
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")
	page.do(chromedp.Navigate(mail.Link))
	page.reads(testID("who"), "ada@example.com")
	_, second := app.ask(page, "ada@example.com", mail.ID)

	api.slow.Store("/sessions/authenticate")
	page.until(`!!(window.asked = client.session())`)
	<-api.waiting
	page.until(`client.finish({code: "` + second.Code + `"}).then((done) => !!done.user)`) // which changes the token
	api.slow.Store("")
	close(api.released)
	page.until(`asked.then((state) => state?.user.emails[0].email === "ada@example.com")`)
	page.until(`client.session().then((state) => !!state)`)
}

// TestASessionThatIsOver ends here and is forgotten.
func TestASessionThatIsOver(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")
	page.do(chromedp.Navigate(mail.Link))
	page.reads(testID("who"), "ada@example.com")
	revoked := body{"session_token": sessionTokenIn(page, "localStorage")}
	app.dev.backEnd().expect(t, "/v1/sessions/revoke", revoked, "")
	page.until(`client.session().then((state) => state === null)`)
	page.sees(testID("nobody"))
	page.until(`Object.keys(localStorage).every((key) => !key.endsWith(".session"))`)
	ada.console.check(t)
}

// TestASignOutIsToldWhereNothingWasLeft, as when the cookie with the session's token has come
// to its end under a page that still shows who was in.
func TestASignOutIsToldWhereNothingWasLeft(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")
	page.do(chromedp.Navigate(mail.Link))
	page.reads(testID("who"), "ada@example.com")
	eval[any](page, `(localStorage.clear(), client.signOut())`)
	page.sees(testID("nobody"))
}

// TestEachStorage: a link in another tab finds its login, and the session's token lies
// where it should and nowhere else.
func TestEachStorage(t *testing.T) {
	t.Parallel()
	dev := startDev(t, "--mailbox-limit", "off")
	chromium := startChromium(t)
	places := map[string]string{ // by storage: where a page finds the token, as an expression
		"local":   `localStorage["latchkey.` + devPublicToken + `.session"]`,
		"session": `sessionStorage["latchkey.` + devPublicToken + `.session"]`,
		"cookie":  `document.cookie.split("; ").find((c) => c.startsWith("latchkey.` + devPublicToken + `.session="))`,
		"own":     `localStorage["own/latchkey.` + devPublicToken + `.session"]`,
	}
	earlier := ""
	for storage := range places {
		app := startJSApp(t, dev, func(_ *release, o *jsOptions) { o.Storage = storage })
		ada := newPerson(t, chromium)
		waiting := ada.open(app.URL + "/authenticate")
		_, mail := app.ask(waiting, "ada@example.com", earlier)
		earlier = mail.ID
		landed := ada.open(mail.Link)
		landed.reads(testID("who"), "ada@example.com")
		for place, expression := range places {
			if got := eval[bool](landed, "!!"+expression); got != (place == storage) {
				t.Errorf("%s: the token in %s: got %t, want %t", storage, place, got, place == storage)
			}
		}
		landed.do(chromedp.Reload())
		landed.reads(testID("who"), "ada@example.com")
		if storage == "session" {
			waiting.sees(testID("nobody")) // each tab by itself
		} else {
			waiting.reads(testID("who"), "ada@example.com")
		}
		landed.click(testID("signout"))
		landed.sees(testID("nobody"))
		waiting.sees(testID("nobody"))
		if eval[bool](landed, "!!"+places[storage]) {
			t.Errorf("%s: the token is still there", storage)
		}
		ada.check(secrets{"link's token": mail.Token})
	}
}

// TestAStorageThatKeepsNothing is told before anything is asked for.
func TestAStorageThatKeepsNothing(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	page.until("window.arrived")
	page.until(`(() => {
		Object.defineProperty(window, "localStorage", {get() { throw new DOMException("denied", "SecurityError"); }});
		return true;
	})()`)
	page.refuses(`start("ada@example.com")`, "storage")
	page.refuses(`session()`, "storage")
	if asked := ada.traffic.count("POST", "/login_or_create"); asked != 0 {
		t.Errorf("got %d requests for a link, want none", asked)
	}
}

// TestTheReturnPathLeadsNowhereElse, however it is spelled.
func TestTheReturnPathLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	page.until("window.arrived")
	for _, path := range []string{
		"", "cart", "https://evil.example/", "//evil.example", `/\evil.example`, `\\evil.example`, `\/evil.example`,
		"/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "javascript:alert(1)",
		"data:text/html,x", "http:evil.example", "/cart\\..", "/a\x00b", "/\u007f",
	} {
		page.refuses(fmt.Sprintf(`start("ada@example.com", {returnTo: %q})`, path), "invalid_return_to")
	}
	if asked := ada.traffic.count("POST", "/login_or_create"); asked != 0 {
		t.Errorf("got %d requests for a link, want none", asked)
	}
	for _, path := range []string{"/", "/cart", "/cart?next=//x#y", "/caf\u00e9", "/a//b", "/@evil.example"} {
		if got := eval[string](page, fmt.Sprintf(`new URL(%q, location.href).origin`, path)); got != app.URL {
			t.Errorf("%s leads to %s", path, got)
		}
		eval[any](page, fmt.Sprintf(`client.start("ada@example.com", {returnTo: %q}).catch((err) => { if (err.type !== "too_many_requests") throw err; })`, path))
	}
}

// TestOldLoginsAreDropped, by number and by age, and a refused one at once.
func TestOldLoginsAreDropped(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t, "--mailbox-limit", "off"), nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	page.until("window.arrived")
	const kept = `Object.keys(localStorage).filter((key) => key.includes(".flow.")).length`
	page.refuses(`start("nobody")`, "invalid_email")
	if n := eval[int](page, kept); n != 0 {
		t.Errorf("after a refusal: got %d logins, want none", n)
	}
	eval[any](page, `(async () => { for (let i = 0; i < 10; i++) await client.start("ada" + i + "@example.com"); })()`)
	if n := eval[int](page, kept); n != 8 {
		t.Errorf("after ten starts: got %d logins, want the last 8", n)
	}
	eval[any](page, `(() => {
		const now = Date.now;
		Date.now = () => now() + 7 * 24 * 60 * 60 * 1000;
		return client.start("grace@example.com").then(() => {});
	})()`)
	if n := eval[int](page, kept); n != 1 {
		t.Errorf("a week later: got %d logins, want the new one", n)
	}
}

// TestPlainHTTPIsRefused: off this machine the browser has no SHA-256 to offer, and there is
// no falling back to something weaker.
func TestPlainHTTPIsRefused(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	app := startJSApp(t, dev, nil)
	ada := newPerson(t, startChromium(t))
	ada.traffic.lead("app.example.com", app.Server)
	page := ada.open("http://app.example.com/authenticate")
	page.until("!!window.client")
	page.refuses(`start("ada@example.com")`, "insecure_context")
}
