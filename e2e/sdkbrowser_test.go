package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const devPublicToken = "public-token-test-development-only"

// TestBrowserSDK runs the vendor's browser SDK, as npm has it, in a page on an origin
// of its own, over plain http: by the option endpoints.
func TestBrowserSDK(t *testing.T) {
	t.Parallel()
	sdk := installSDK(t)
	dev := startDev(t, "--mailbox-limit", "off")
	chromium := startChromium(t)
	app := &sdkApp{
		t: t, publicToken: devPublicToken, backEnd: dev.backEnd(),
		page: startPlain(t, sdk.page(devPublicToken, endpoints(dev.url))).URL,
		mail: eachOnce(func(address, earlier string) (link, id string) {
			mail := dev.mailAfter(t, address, earlier)
			return mail.Link, mail.ID
		}),
		person: func() *person { return newPerson(t, chromium) },
	}
	app.checkLogin(true)
	app.checkOtherBrowser()
	app.checkEndedSession()
	app.checkSelfService()

	without := startPlain(t, withoutBootstrap(forward(t, dev.url))).URL
	app.page = startPlain(t, sdk.page(devPublicToken, endpoints(without))).URL
	app.checkClientWithoutPKCE()
}

// sdkApp is an app on the browser SDK, the people who use it and the Latchkey behind it.
type sdkApp struct {
	t                 *testing.T
	page, publicToken string
	backEnd           backEnd
	mail              func(address string) (link string)
	person            func() *person
}

// eachOnce takes each mail once: who asks again while the second is on its way must not
// be given the first.
func eachOnce(after func(address, earlier string) (link, id string)) func(address string) (link string) {
	seen := make(map[string]string)
	return func(address string) (link string) {
		link, seen[address] = after(address, seen[address])
		return link
	}
}

// ask types an address into the page, waits until the mail is asked for, and returns
// the verifier, which is in that browser alone.
func (a *sdkApp) ask(page *tab, email string) (verifier string) {
	a.t.Helper()
	page.types(testID("email"), email)
	page.click(testID("ask"))
	page.reads(testID("sent"), email)
	return a.pair(page).Verifier
}

type storedPair struct {
	Verifier string `json:"code_verifier"`
}

func (a *sdkApp) pair(page *tab) (pair storedPair) {
	a.t.Helper()
	kept := eval[string](page, fmt.Sprintf(`localStorage["stytch_sdk_state_%s::PKCE_VERIFIER:magic_links"] ?? "{}"`, a.publicToken))
	if err := json.Unmarshal([]byte(kept), &pair); err != nil {
		a.t.Fatal(err)
	}
	return pair
}

// logIn is a person's whole login, and the tab that the link opened.
func (a *sdkApp) logIn(ada *person, email string) (landed *tab) {
	a.t.Helper()
	a.ask(ada.open(a.page+"/"), email)
	landed = ada.open(a.mail(email))
	landed.reads(testID("who"), email)
	return landed
}

// Expressions of JavaScript.
const (
	sessionTokenOf = `stytch.session.getTokens().session_token`
	toPage         = `{login_magic_link_url: location.origin + "/authenticate", signup_magic_link_url: location.origin + "/authenticate"}`
)

// checkLogin is the whole way: in, still in after a reload, out. In plain sight, the
// requests are looked through as well.
func (a *sdkApp) checkLogin(plain bool) {
	ada := a.person()
	waiting := ada.open(a.page + "/")
	verifier := a.ask(waiting, "ada@example.com")
	link := a.mail("ada@example.com")

	landed := ada.open(link)
	landed.reads(testID("who"), "ada@example.com")
	waiting.reads(testID("who"), "ada@example.com") // hears of it
	if a.pair(landed).Verifier != "" {
		a.t.Error("the verifier of a link that was redeemed is still there")
	}
	found := secrets{
		"link's token": link[strings.LastIndex(link, "/")+1:], "verifier": verifier,
		"session token": eval[string](landed, sessionTokenOf),
	}
	landed.checkHistory(found)

	landed.do(chromedp.Reload())
	landed.reads(testID("who"), "ada@example.com")
	landed.until("!stytch.session.getInfo().fromCache") // the server has said so, too
	landed.reads(testID("who"), "ada@example.com")

	landed.click(testID("signout"))
	landed.sees(testID("start"))
	waiting.sees(testID("start"))
	landed.do(chromedp.Reload())
	landed.sees(testID("start"))
	a.backEnd.expect(a.t, "/v1/sessions/authenticate", body{"session_token": found["session token"]}, "session_not_found")
	ada.traffic.check(a.t, found)
	if plain {
		ada.console.check(a.t)
	}
}

// checkOtherBrowser: whoever did not begin the login gets in nowhere, and costs whoever
// did nothing.
func (a *sdkApp) checkOtherBrowser() {
	grace, mallory := a.person(), a.person()
	page := grace.open(a.page + "/")
	a.ask(page, "grace@example.com")
	link := a.mail("grace@example.com")

	thief := mallory.open(link)
	thief.reads(testID("refused"), "pkce_expected_code_verifier")
	thief.sees(testID("start"))
	a.ask(thief, "mallory@example.com") // which gives that browser a verifier of its own
	thief.do(chromedp.Navigate(link))
	thief.reads(testID("refused"), "pkce_mismatch")
	thief.sees(testID("start"))

	grace.open(link).reads(testID("who"), "grace@example.com")
	thief.do(chromedp.Navigate(a.page + "/"))
	thief.sees(testID("start"))
}

// checkEndedSession: a session that was revoked elsewhere ends here at the next load,
// and its token, still in the browser, stands in nobody's way to log in again.
func (a *sdkApp) checkEndedSession() {
	page := a.logIn(a.person(), "joan@example.com")
	ended := eval[string](page, sessionTokenOf)
	a.call(page, `magicLinks.email.loginOrCreate("joan@example.com", `+toPage+`).then(a => a.status_code)`, "200")
	a.revoke(ended)
	page.do(chromedp.Navigate(a.mail("joan@example.com")))
	page.until(fmt.Sprintf("![undefined, %q].includes(window.stytch?.session.getTokens()?.session_token)", ended))
	page.reads(testID("who"), "joan@example.com")

	a.revoke(eval[string](page, sessionTokenOf))
	page.do(chromedp.Reload())
	page.sees(testID("start"))
}

func (a *sdkApp) revoke(sessionToken string) {
	a.t.Helper()
	a.backEnd.expect(a.t, "/v1/sessions/revoke", body{"session_token": sessionToken}, "")
}

// checkSelfService: what a signed-in person may do to themselves, and what not.
func (a *sdkApp) checkSelfService() {
	mary := a.person()
	page := a.logIn(mary, "mary@example.com")
	for _, c := range []struct{ call, want string }{
		{`user.get().then(u => u.emails[0].email)`, "mary@example.com"},
		{`user.update({name: {first_name: "Mary"}, untrusted_metadata: {theme: "dark"}}).then(() => stytch.user.getSync().name.first_name)`, "Mary"},
		{`user.get().then(u => u.untrusted_metadata.theme)`, "dark"},
		{`user.update({trusted_metadata: {admin: true}})`, "cannot_update_trusted_metadata"},
		{`session.authenticate({session_duration_minutes: 30}).then(a => a.user.emails[0].email)`, "mary@example.com"},
		{`session.authenticate({session_duration_minutes: 1})`, "invalid_session_duration_minutes"},
		{`magicLinks.email.send("second@example.com", ` + toPage + `).then(a => a.status_code)`, "200"},
		{`user.getConnectedApps()`, "route_not_found"},
	} {
		a.call(page, c.call, c.want)
	}
	a.confirm(page, "second@example.com")
	second := `stytch.user.getSync().emails.find(e => e.email === "second@example.com").email_id`
	a.call(page, `user.deleteEmail(`+second+`).then(() => stytch.user.getSync().emails.length)`, "1")
	a.call(page, `session.authenticate().then(a => a.user.emails.length)`, "1")
	a.call(page, `user.deleteEmail("email-test-00000000-0000-4000-8000-000000000000")`, "email_not_found")
}

// confirm lands with the link that makes an address one of the person's who is signed in.
// The client asks for its session at the same moment; held until the session has its new
// token, it asks with the old one, and the person stays signed in all the same.
func (a *sdkApp) confirm(page *tab, address string) {
	a.t.Helper()
	page.do(addScript(holdFirstAuthenticate), chromedp.Navigate(a.mail(address)))
	page.reads(testID("who"), address)
	page.until("window.held?.status === 409")
	page.until("window.asked?.status === 200") // again, with the new one
	page.reads(testID("who"), address)
	a.call(page, `session.authenticate().then(a => a.user.emails.filter(e => e.verified).length)`, "2")
}

// holdFirstAuthenticate lets the client's first question for its session go out, with the
// token it had, only once a redemption has been answered.
const holdFirstAuthenticate = `(() => {
	const send = window.fetch;
	let redeemed;
	const redemption = new Promise((done) => { redeemed = done; });
	window.fetch = async (url, init) => {
		if (String(url).endsWith("/magic_links/authenticate")) {
			const answer = await send(url, init);
			redeemed();
			return answer;
		}
		if (!String(url).endsWith("/sessions/authenticate")) return send(url, init);
		if (window.held === undefined) {
			window.held = null;
			await redemption;
			return window.held = await send(url, init);
		}
		return window.asked = await send(url, init);
	};
})()`

func addScript(source string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return err
	})
}

// landingOf is where an opened link leads.
func landingOf(t *testing.T, link string) *url.URL {
	t.Helper()
	client := http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	landing, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	return landing
}

// call compares what a method of the page's client answers, or the type it is refused
// with.
func (a *sdkApp) call(page *tab, call, want string) {
	a.t.Helper()
	got := eval[string](page, fmt.Sprintf(`(async () => String(await stytch.%s))().catch(e => e.error_type ?? String(e))`, call))
	if got != want {
		a.t.Errorf("%s: got %s, want %s", call, got, want)
	}
}

// checkClientWithoutPKCE: the door does not trust the client to know that it must send
// a challenge.
func (a *sdkApp) checkClientWithoutPKCE() {
	page := a.person().open(a.page + "/")
	page.types(testID("email"), "linus@example.com")
	page.click(testID("ask"))
	page.reads(testID("refused"), "pkce_expected_code_challenge")
}
