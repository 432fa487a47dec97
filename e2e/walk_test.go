package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/mailer/catcher"
)

// visit looks at what a tab shows. The name is the page's, and that of what it shows.
type visit func(tab *tab, name string)

// walkDemo goes through every page of `latchkey dev`, the inbox among them.
func walkDemo(t *testing.T, chromium context.Context, look visit) {
	dev := startDev(t)
	ada, other := newPerson(t, chromium), newPerson(t, chromium)
	inbox := ada.open(dev.inbox + "/")
	inbox.reads("#welcome", "No mail yet")
	look(inbox, "inbox-1-empty")
	demo := ada.open(dev.url + "/demo/")
	demo.sees(testID("panel-start"))
	look(demo, "demo-1-start")
	demo.types(testID("email"), "ada")
	demo.click(testID("start-submit"))
	demo.sees(testID("start-error"))
	look(demo, "demo-2-refused-address")
	askForLink(demo, "ada@example.com")
	demo.reads(testID("waiting-title"), "You have mail")
	look(demo, "demo-3-waiting")
	mail := dev.mail(t, "ada@example.com")
	walkInbox(t, ada, dev, mail, look)

	elsewhere := other.open(mail.Link)
	elsewhere.sees(testID("panel-elsewhere"))
	look(elsewhere, "demo-5-other-browser")
	elsewhere.click(testID("try-anyway"))
	elsewhere.sees(testID("try-after"))
	look(elsewhere, "demo-6-tried-anyway")
	demo.click(testID("attack-start"))
	demo.sees(testID("verdict"))
	look(demo, "demo-4-attacked")
	landed := ada.open(mail.Link)
	landed.sees(testID("panel-in"))
	look(landed, "demo-7-in")
	bare := other.open(dev.url + "/demo/callback")
	bare.sees(testID("panel-bare"))
	look(bare, "demo-8-no-link")
}

func walkInbox(t *testing.T, p *person, d *dev, mail caught, look visit) {
	for i := range 3 {
		address := fmt.Sprintf("person-%d@example.com", i)
		d.backEnd().start(t, address, newPair())
		d.mail(t, address)
	}
	// The list is a page of its own on a phone only.
	list := p.open("about:blank")
	list.do(chromedp.EmulateViewport(screens[0].width, screens[0].height), chromedp.Navigate(d.inbox+"/"))
	list.reads("#list", "ada@example.com")
	look(list, "inbox-2-list")
	for _, view := range []string{"html", "text", "source"} {
		open := p.open(d.inbox + "/#" + mail.ID)
		open.click(chromedp.CSS("#tab-" + view))
		open.sees(chromedp.CSS("#panel-" + view))
		open.until(`document.querySelector("iframe") !== null`)
		look(open, "inbox-3-mail-"+view)
	}
}

// walkPages goes through the server's own pages, of a project with a logo and an accent.
func walkPages(t *testing.T, chromium context.Context, look visit) {
	acme := startAcme(t)
	page := newPerson(t, chromium).open("about:blank")
	for _, shown := range acme.pages(t) {
		page.do(chromedp.Navigate(shown.url))
		page.sees("h1")
		look(page, "page-"+shown.name)
	}
}

// acme is `latchkey serve` with a project that has a face: its app is a page that greets.
type acme struct {
	*server
	relay *relay
	app   string // its origin
}

func startAcme(t *testing.T) *acme {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>Acme</title><h1>Welcome</h1>")
	}))
	t.Cleanup(app.Close)
	relay := startRelay(t)
	s := newSettings(t, sqliteURL(t), relay.address)
	s.projects[0].name = "Acme Rockets"
	s.keys = fmt.Sprintf(`public_token: %s
allowed_origins: [%s]
redirect_urls: [%s/authenticate, "acme-rockets.app://callback"]
sign_in_url: %s/login
brand: {logo: %q, logo_dark: %q, accent: "#6d28d9"}`, testToken, app.URL, app.URL, app.URL,
		acmeLogo(t, "#6d28d9", "#1e1d1a"), acmeLogo(t, "#c4b5fd", "#edece7"))
	return &acme{server: serve(t, s), relay: relay, app: app.URL}
}

// acmeLogo writes a rocket and a word. Its script must never run.
func acmeLogo(t *testing.T, rocket, ink string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "logo.svg")
	picture := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 148 40" width="148" height="40">
<script>document.documentElement.setAttribute("data-ran", "yes")</script>
<path fill="%s" d="M20 3c7 5 9 13 8 21l5 6-1 7-7-5h-10l-7 5-1-7 5-6c-1-8 1-16 8-21z"/><circle cx="20" cy="17" r="4" fill="#fff"/>
<text x="44" y="28" font-family="sans-serif" font-size="24" font-weight="700" fill="%s">Acme</text></svg>`, rocket, ink)
	if err := os.WriteFile(file, []byte(picture), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

type shown struct{ name, url string }

// pages brings about one of each kind.
func (a *acme) pages(t *testing.T) []shown {
	t.Helper()
	pair, backEnd := newPair(), a.backEnd(0)
	start := func(email, redirectURL, earlier string) *catcher.Message {
		t.Helper()
		backEnd.expect(t, startPath, body{"email": email, "code_challenge": pair.challenge, "redirect_url": redirectURL}, "")
		return a.relay.mailAfter(t, email, earlier)
	}
	const inviting = "/v1/magic_links/email/"
	invite := func(email string) string {
		t.Helper()
		backEnd.expect(t, inviting+"invite", body{"email": email, "redirect_url": a.app + "/authenticate"}, "")
		return a.relay.mail(t, email).Link
	}
	web := a.app + "/authenticate"
	native := start("ada.lovelace@example.com", "acme-rockets.app://callback", "")
	open, withdrawn := invite("grace@example.com"), invite("joan@example.com")
	backEnd.expect(t, inviting+"revoke_invite", body{"email": "joan@example.com"}, "")
	spent := start("mary@example.com", web, "")
	replaced := start("mary@example.com", web, spent.ID)
	backEnd.redeem(t, spent.Token, pair.verifier)
	return []shown{
		{"other-device", a.url() + "/other-device/" + testToken},
		{"open-app", native.Link},
		{"invite", open},
		{"invite-used", a.usedInvite(t, invite("katherine@example.com"))},
		{"invite-withdrawn", withdrawn},
		{"link-used", spent.Link},
		{"link-replaced", replaced.Link},
		{"link-unknown", a.url() + "/l/AQGh-5ylSH2nqr3LNuD5dYjLSsMLEdZ4CKqb2val-kFQ"},
		{"nothing-here", a.url() + "/other-device/nobody"},
		{"errors", a.url() + "/errors"},
	}
}

// usedInvite presses the button of an invite's page and redeems what it leads on with.
func (a *acme) usedInvite(t *testing.T, link string) string {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	pressed, err := client.Post(link, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	pressed.Body.Close()
	to, err := pressed.Location()
	if err != nil {
		t.Fatalf("the button of an invite: %s: %v", pressed.Status, err)
	}
	a.backEnd(0).expect(t, "/v1/magic_links/authenticate", body{"token": to.Query().Get("token")}, "")
	return link
}
