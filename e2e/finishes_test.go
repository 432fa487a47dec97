package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestWhatAnotherDeviceCanDo is a person's view of the table in handlers: whoever has the mail
// on device B, and not what device A kept, ends without a session and with words that say
// what to do. A, whose link was opened elsewhere, then types the code.
func TestWhatAnotherDeviceCanDo(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	chromium := startChromium(t)
	for address, onB := range map[string]func(b *person, address string, mail caught) *tab{
		"link@example.com": func(b *person, _ string, mail caught) *tab {
			landed := b.open(mail.Link)
			landed.reads(testID("panel-elsewhere"), "Open the link from your mail in the browser where you asked")
			return landed
		},
		"link-all-the-same@example.com": func(b *person, _ string, mail caught) *tab {
			landed := b.open(mail.Link)
			landed.click(testID("try-anyway"))
			landed.reads(testID("try-refusal"), "pkce_expected_code_verifier")
			landed.reads(testID("try-after"), "the link still works")
			return landed
		},
		"code@example.com": func(b *person, address string, mail caught) *tab {
			demo := b.open(dev.url + "/demo/")
			askForLink(demo, address)
			dev.mailAfter(t, address, mail.ID)
			demo.typesCode(mail.Code)
			demo.reads(testID("code-error"), "unable_to_auth_otp_code")
			return demo
		},
	} {
		a, b := newPerson(t, chromium), newPerson(t, chromium)
		demo := a.open(dev.url + "/demo/")
		askForLink(demo, address)
		mail := dev.mail(t, address)
		if stuck := onB(b, address, mail); stuck.hasSession() {
			t.Errorf("%s: another device has a session", address)
		}
		demo.typesCode(mail.Code)
		demo.reads(testID("who-email"), address)
		if !demo.hasSession() {
			t.Errorf("%s: the device that asked has no session", address)
		}
	}
}

// TestFromAnotherDeviceOn: our own page for it, and from there a login that begins and ends
// where the person is now.
func TestFromAnotherDeviceOn(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	chromium := startChromium(t)
	a, b := newPerson(t, chromium), newPerson(t, chromium)
	askForLink(a.open(dev.url+"/demo/"), "ada@example.com")
	mail := dev.mail(t, "ada@example.com")

	page := b.open(mail.Link)
	page.click(testID("other-device"))
	page.reads("h1", "Go on where you asked for the link")
	found := secrets{"link's token": mail.Token}
	found.checkAbsent(t, "the page's address", eval[string](page, "location.href"))
	if referrer := eval[string](page, "document.referrer"); referrer != "" {
		t.Errorf("our page was told that one came from %s", referrer)
	}
	page.click("a.button")
	page.sees(testID("panel-start"))
	askForLink(page, "ada@example.com")
	again := dev.mailAfter(t, "ada@example.com", mail.ID)
	landed := b.open(again.Link)
	landed.reads(testID("who-email"), "ada@example.com")
	b.check(found)
}

func (tab *tab) typesCode(code string) {
	tab.t.Helper()
	tab.click("[data-testid=code-door] summary")
	tab.types(testID("code"), code)
	tab.click(testID("code-submit"))
}

func (tab *tab) hasSession() bool {
	tab.t.Helper()
	cookies, err := chromedp.Call(tab.ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		tab.t.Fatal(err)
	}
	return len(cookies.Cookies) > 0
}
