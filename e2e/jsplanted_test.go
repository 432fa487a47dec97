package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAPlantedLoginLeadsNowhere: what another host of the domain put among the cookies, or
// a script once put into the storage, is not one that start() made.
func TestAPlantedLoginLeadsNowhere(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")
	eval[any](page, `(() => {
		const key = Object.keys(localStorage).find((key) => key.includes(".flow."));
		const login = JSON.parse(decodeURIComponent(localStorage[key]));
		localStorage[key] = encodeURIComponent(JSON.stringify({...login, returnTo: "javascript:alert(1)"}));
	})()`)
	page.refuses(`finish({code: "`+mail.Code+`"})`, "other_device")

	for _, index := range []string{`1`, `{}`, `[1, null, "a"]`} {
		plant(page, "flows", index)
		page.refuses(`start("nobody")`, "invalid_email")
		page.refuses(`finish({code: "12345678"})`, "other_device")
	}
}

// plant writes a value of JSON where the page keeps one of its own.
func plant(page *tab, name, value string) {
	page.t.Helper()
	eval[any](page, fmt.Sprintf(`void (localStorage["latchkey.%s.%s"] = encodeURIComponent(%q))`, devPublicToken, name, value))
}

// TestAPlantedSessionEnds with one question at most, and keeps nobody from a login.
func TestAPlantedSessionEnds(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	page.until("window.arrived")
	planted := []string{`{"a":1}`, `["a"]`, `1`, `true`, `"\u2603"`}
	for _, value := range planted {
		plant(page, "session", value)
		page.until(`client.session().then((state) => state === null)`)
	}
	if asked := ada.traffic.count("POST", "/sessions/authenticate"); asked > len(planted) {
		t.Errorf("got %d questions, want one for each at most", asked)
	}
	plant(page, "session", `"\u2603"`)
	_, mail := app.ask(page, "ada@example.com", "")
	page.until(`client.finish({code: "` + mail.Code + `"}).then((done) => done.returnTo === "/cart?a=1#b")`)
}

// TestRefusedStartsKeepTheFirstLogin, by which eight mistyped addresses would end it.
func TestRefusedStartsKeepTheFirstLogin(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")
	for range 9 {
		page.refuses(`start("nobody")`, "invalid_email")
	}
	page.until(`client.finish({code: "` + mail.Code + `"}).then((done) => done.user.emails[0].email === "ada@example.com")`)
}

// TestATokenOfAnyNameIsRedeemed, the names of what every object has among them, and leaves
// the address however it is spelled there.
func TestATokenOfAnyNameIsRedeemed(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	person := newPerson(t, startChromium(t))
	for _, query := range []string{"token=__proto__", "token=constructor", "%74oken=toString"} {
		page := person.open(app.URL + "/authenticate?" + query + "&token_type=magic_links")
		page.reads(testID("refused"), "magic_link_not_found: ")
		if got := eval[string](page, "location.search"); strings.Contains(got, "oken=") {
			t.Errorf("%s: the address keeps %s", query, got)
		}
	}
}

// TestWhatAProxySaysIsNoAnswer, whatever its status and as long as it is not Latchkey's.
func TestWhatAProxySaysIsNoAnswer(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	app := startJSApp(t, dev, nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	_, mail := app.ask(page, "ada@example.com", "")
	page.until(`client.finish({code: "` + mail.Code + `"}).then((done) => !!done.user)`)
	for _, answer := range []struct{ status, said string }{
		{"200", `{"status": "maintenance"}`}, {"403", `{"message": "no"}`}, {"502", `null`}, {"502", `<h1>502</h1>`},
	} {
		eval[any](page, fmt.Sprintf(`void (window.fetch = async () => new Response(%q, {status: %s}))`, answer.said, answer.status))
		page.refuses(`start("ada@example.com")`, "network")
		page.refuses(`session()`, "network")
		if sessionTokenIn(page, "localStorage") == "" {
			t.Errorf("%s %s signs the person out", answer.status, answer.said)
		}
	}
}

// TestCookiesOfTheHostAlone: on https another host of the domain can set none of them.
func TestCookiesOfTheHostAlone(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), func(_ *release, o *jsOptions) { o.Storage = "cookie" })
	secure := startTLS(t, app.Config.Handler)
	key := sha256.Sum256(secure.Certificate().RawSubjectPublicKeyInfo)
	ada := newPerson(t, startChromium(t, chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:]))))
	ada.traffic.lead("app.example.com", secure)
	page := ada.open("https://app.example.com/authenticate")
	page.until("!!window.client")
	got := eval[string](page, `client.start("ada@example.com").then(() => {}, () => {}).then(() => document.cookie)`)
	for _, cookie := range strings.Split(got, "; ") {
		if !strings.HasPrefix(cookie, "__Host-latchkey.") {
			t.Errorf("got the cookie %q, want __Host- before it", cookie)
		}
	}
}
