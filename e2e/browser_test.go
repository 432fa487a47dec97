package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

func TestLoginInABrowser(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	ada := newPerson(t, startChromium(t))
	inbox := ada.open(dev.inbox + "/")
	inbox.reads("#welcome", "No mail yet")
	inbox.until("window.notReloaded = true")

	demo := ada.open(dev.url + "/demo/")
	verifier := askForLink(demo, "ada@example.com")
	demo.reads(testID("waiting-title"), "You have mail")
	inbox.reads("#list", "ada@example.com")
	if !eval[bool](inbox, "window.notReloaded === true") {
		t.Error("the inbox was reloaded, want it to update itself")
	}

	landed := inbox.clickForTab("#reader a.open", dev.url+"/demo/")
	landed.reads(testID("who-email"), "ada@example.com")
	demo.sees(testID("panel-in")) // the tab that waited hears of it
	found := secrets{
		"link's token": dev.mail(t, "ada@example.com").Token, "verifier": verifier,
		"session token": sessionCookie(landed), "project's secret": devSecret,
	}
	landed.checkHistory(found)
	if n := eval[int](landed, "history.length"); n != 1 {
		t.Errorf("history of the tab that the link opened in: got %d entries, want 1", n)
	}

	landed.do(chromedp.Reload())
	landed.reads(testID("who-email"), "ada@example.com")
	landed.click(testID("signout"))
	landed.sees(testID("panel-start"))
	demo.sees(testID("panel-start"))
	landed.do(chromedp.Reload())
	landed.sees(testID("panel-start"))

	dev.backEnd().expect(t, "/v1/sessions/authenticate", body{"session_token": found["session token"]}, "session_not_found")
	ada.check(found)
	found.checkAbsent(t, "the log", dev.stderr.String())
}

func TestOtherBrowserGetsNowhere(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	chromium := startChromium(t)
	ada, mallory := newPerson(t, chromium), newPerson(t, chromium)
	demo := ada.open(dev.url + "/demo/")
	verifier := askForLink(demo, "ada@example.com")
	mail := dev.mail(t, "ada@example.com")

	thief := mallory.open(mail.Link)
	thief.reads(testID("panel-elsewhere"), "asked for in another browser")
	thief.reads(testID("panel-elsewhere"), "Nothing was spent.")
	thief.click(testID("try-anyway"))
	thief.reads(testID("try-refusal"), "pkce_expected_code_verifier")
	thief.sees(testID("try-after"))
	pressEverything(thief, mail.Code)      // as scanners do
	thief.do(chromedp.Navigate(mail.Link)) // again, as thieves do
	thief.sees(testID("panel-elsewhere"))

	// As from a mail program: not the tab that asked.
	landed := ada.open(mail.Link)
	landed.reads(testID("who-email"), "ada@example.com")
	found := secrets{"link's token": mail.Token, "verifier": verifier, "session token": sessionCookie(landed)}
	landed.checkHistory(found)
	thief.checkHistory(found)

	thief.do(chromedp.Navigate(mail.Link))
	thief.reads("h1", "This link has been used")
	thief.do(chromedp.Navigate(dev.url + "/demo/"))
	thief.sees(testID("panel-start"))
	ada.check(found)
	mallory.check(found)
	found.checkAbsent(t, "the log", dev.stderr.String())
}

func TestCodeInABrowser(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	ada := newPerson(t, startChromium(t))
	demo := ada.open(dev.url + "/demo/")
	verifier := askForLink(demo, "ada@example.com")
	mail := dev.mail(t, "ada@example.com")
	demo.click("[data-testid=code-door] summary")
	demo.types(testID("code"), anotherCode(mail.Code))
	demo.click(testID("code-submit"))
	demo.reads(testID("code-error"), "unable_to_auth_otp_code")
	demo.types(testID("code"), mail.Code[:4]+" "+mail.Code[4:]) // as the mail shows it
	demo.click(testID("code-submit"))
	demo.reads(testID("who-email"), "ada@example.com")
	found := secrets{
		"link's token": mail.Token, "code": mail.Code, "verifier": verifier, "session token": sessionCookie(demo),
	}
	demo.checkHistory(found)
	ada.check(found)
	found.checkAbsent(t, "the log", dev.stderr.String())
}

func TestAttackInABrowser(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	ada := newPerson(t, startChromium(t))
	demo := ada.open(dev.url + "/demo/")
	verifier := askForLink(demo, "ada@example.com")
	demo.click(testID("attack-start"))
	demo.reads(testID("verdict"), "104 attempts, 0 got in.")
	for _, attempt := range []struct{ group, answer string }{
		{"head", "200"}, {"get", "302"},
		{"missing", "pkce_expected_code_verifier"},
		{"malformed", "invalid_pkce_code_verifier"},
		{"wrong", "pkce_mismatch"},
		{"stranger", "pkce_mismatch"},
	} {
		demo.reads(testID("attack-"+attempt.group), attempt.answer)
	}

	mail := dev.mail(t, "ada@example.com")
	if got, want := eval[string](demo, `document.querySelector("#inbox-top").href`), dev.inbox+"/#"+mail.ID; got != want {
		t.Errorf("the inbox above the page: got %q, want %q, not the attacker's mail", got, want)
	}
	inbox := demo.clickForTab(testID("verdict-inbox"), dev.inbox+"/#"+mail.ID)
	inbox.reads("#reader .facts .to", "ada@example.com")
	landed := inbox.clickForTab("#reader a.open", dev.url+"/demo/")
	landed.reads(testID("survived"), "104 others tried this link before you.")
	found := secrets{
		"link's token": mail.Token, "verifier": verifier, "session token": sessionCookie(landed),
	}
	landed.checkHistory(found)
	ada.check(found)
	found.checkAbsent(t, "the log", dev.stderr.String())
}

func TestRefusedAddressInABrowser(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	ada := newPerson(t, startChromium(t))
	demo := ada.open(dev.url + "/demo/")
	for _, address := range []string{"ada", "ada@@example.com", "Ada <ada@example.com>"} {
		demo.types(testID("email"), address)
		demo.click(testID("start-submit"))
		demo.reads(testID("start-error"), "invalid_email")
		demo.reads(testID("start-error"), "Send one e-mail address, as in name@example.com")
		if got := eval[string](demo, "document.activeElement.id"); got != "email" {
			t.Errorf("focus after a refusal: got %q, want the address", got)
		}
	}
	askForLink(demo, "ada@example.com")
	ada.check(secrets{"project's secret": devSecret})
}

func TestInboxInABrowser(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	for i := range 2 {
		dev.backEnd().start(t, fmt.Sprintf("person-%d@example.com", i), newPair())
		dev.mail(t, fmt.Sprintf("person-%d@example.com", i))
	}
	ada := newPerson(t, startChromium(t))
	inbox := ada.open(dev.inbox + "/")
	inbox.click("#list li:nth-child(2) a")
	inbox.reads("#reader .facts .to", "person-0@example.com")
	mail := dev.mail(t, "person-0@example.com")
	inbox.reads("#reader h2", mail.Subject)

	inbox.click("#tab-html")
	frame := inbox.frame("/html")
	frame.reads("body", "person-0@example.com")
	frame.sees(chromedp.CSS(fmt.Sprintf("a[href=%q]", mail.Link)))
	inbox.click("#tab-text")
	inbox.reads("#panel-text", mail.Link)
	inbox.click("#tab-source")
	inbox.reads("#panel-source", "Message-ID:")
	inbox.reads("#panel-source", "Auto-Submitted: auto-generated")

	inbox.click("#reader .delete")
	inbox.until(`document.querySelectorAll("#list li").length === 1`)
	inbox.reads("#list", "person-1@example.com")
	inbox.click("#delete-all")
	inbox.click("#confirm-yes")
	inbox.reads("#welcome", "No mail yet")
	ada.check(secrets{"project's secret": devSecret})
}

// askForLink types an address into the demo page, waits until the mail is asked for,
// and returns the verifier, which is in that browser alone.
func askForLink(demo *tab, email string) (verifier string) {
	demo.t.Helper()
	demo.types(testID("email"), email)
	demo.click(testID("start-submit"))
	demo.reads(testID("waiting-email"), email)
	kept := eval[string](demo, `localStorage["latchkey-demo:flow:" + sessionStorage["latchkey-demo:current"]]`)
	var record struct{ Verifier string }
	if err := json.Unmarshal([]byte(kept), &record); err != nil {
		demo.t.Fatal(err)
	}
	return record.Verifier
}

// sessionCookie is the session's token, out of a script's reach.
func sessionCookie(tab *tab) string {
	tab.t.Helper()
	cookies, err := chromedp.Call(tab.ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		tab.t.Fatal(err)
	}
	for _, cookie := range cookies.Cookies {
		if cookie.Name == "latchkey_demo_session" && cookie.HTTPOnly {
			return cookie.Value
		}
	}
	tab.t.Fatal("no session cookie that scripts cannot read")
	return ""
}
