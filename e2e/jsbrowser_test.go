package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestLatchkeyJS is a login in a page on an origin of its own, which has the module from
// Latchkey by its hash: in, still in after a reload and by the back button, out everywhere.
func TestLatchkeyJS(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	waiting := ada.open(app.URL + "/authenticate")
	verifier, mail := app.ask(waiting, "ada@example.com", "")

	landed := ada.open(mail.Link)
	landed.reads(testID("who"), "ada@example.com")
	landed.reads(testID("returned"), "/cart?a=1#b")
	waiting.reads(testID("who"), "ada@example.com") // hears of it
	found := secrets{"link's token": mail.Token, "verifier": verifier, "session token": sessionTokenIn(landed, "localStorage")}
	landed.checkHistory(found)
	if redeemed := ada.traffic.count("POST", "/sdk/v1/magic_links/authenticate"); redeemed != 1 {
		t.Errorf("finish was called twice: got %d requests, want 1", redeemed)
	}
	if left := app.verifiers(landed); len(left) != 0 {
		t.Error("the verifier of a login that is done is still there")
	}

	landed.do(chromedp.Reload())
	landed.reads(testID("who"), "ada@example.com")
	wanderer := ada.open(app.URL + "/authenticate")
	wanderer.reads(testID("who"), "ada@example.com")
	wanderer.do(chromedp.Navigate(app.URL + "/classic/authenticate"))
	wanderer.reads(testID("who"), "ada@example.com")
	wanderer.goes("back")
	wanderer.comesToShow("who", "ada@example.com")

	landed.click(testID("signout"))
	landed.sees(testID("nobody"))
	waiting.sees(testID("nobody"))
	wanderer.comesToShow("nobody", "Nobody is in.")
	wanderer.goes("forward") // to a page from before the sign-out
	wanderer.comesToShow("nobody", "Nobody is in.")
	wanderer.checkHistory(found)
	app.dev.backEnd().expect(t, "/v1/sessions/authenticate", body{"session_token": found["session token"]}, "session_not_found")
	landed.checkHistory(found)
	ada.check(found)
	found.checkAbsent(t, "the log", app.dev.stderr.String())
}

// goes presses the browser's button. A page that the browser has kept does not load again,
// so chromedp's own action would wait for ever; and what it knows of the page is of the last.
func (tab *tab) goes(direction string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	there := make(chan struct{}, 2)
	if err := chromedp.Listen(ctx, func(event any) {
		if _, navigated := event.(*page.EventFrameNavigated); navigated {
			there <- struct{}{}
		}
	}); err != nil {
		tab.t.Fatal(err)
	}
	eval[any](tab, "void setTimeout(() => history."+direction+"())")
	select {
	case <-there:
	case <-ctx.Done():
		tab.t.Fatalf("there is no way %s", direction)
	}
}

// comesToShow waits for the words in a page that the browser had kept, in which chromedp's
// own polling does not go on.
func (tab *tab) comesToShow(id, words string) {
	tab.t.Helper()
	shown := fmt.Sprintf(`(() => { const it = document.querySelector('[data-testid=%s]'); return !!it && !it.hidden && it.innerText.includes(%q); })()`, id, words)
	for deadline := time.Now().Add(patience); !eval[bool](tab, shown); {
		if time.Now().After(deadline) {
			tab.t.Fatalf("waiting for %q\nthe page shows:\n%s", words, tab.words())
		}
	}
}

// TestTheAddressKeepsWhatIsNotOurs, byte for byte, and not even the next script in the
// head sees the token.
func TestTheAddressKeepsWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	const query = "?a=%7e&b=+c&&tokens=d&e=%C3%A9"
	app := startJSApp(t, startDev(t), func(_ *release, o *jsOptions) { o.Query = query })
	ada := newPerson(t, startChromium(t))
	_, mail := app.ask(ada.open(app.URL+"/classic/authenticate"), "ada@example.com", "")
	landed := ada.open(mail.Link + "#f=%7e&token=not-ours")
	landed.reads(testID("who"), "ada@example.com")
	want := app.URL + "/classic/authenticate" + query + "#f=%7e&token=not-ours"
	for _, expression := range []string{"location.href", "addressSeen"} {
		if got := eval[string](landed, expression); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
	landed.checkHistory(secrets{"link's token": mail.Token})
}

func TestAScriptThatIsNotTheOneIsNotRun(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	app := startJSApp(t, dev, func(r *release, _ *jsOptions) {
		r.Module.Integrity, r.Classic.Integrity = r.Classic.Integrity, r.Module.Integrity
	})
	ada := newPerson(t, startChromium(t))
	for _, path := range []string{"/authenticate", "/classic/authenticate"} {
		page := ada.open(app.URL + path)
		if eval[bool](page, `import("/app.js").then(() => !!window.arrived || "latchkey" in window)`) {
			t.Errorf("%s runs a script with another hash", path)
		}
	}
}

// TestAnotherBrowserIsToldWhatToDo, and so is a scanner that runs scripts and presses every
// button: neither gets in, and who began the login does.
func TestAnotherBrowserIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	chromium := startChromium(t)
	ada, scanner := newPerson(t, chromium), newPerson(t, chromium)
	waiting := ada.open(app.URL + "/authenticate")
	verifier, mail := app.ask(waiting, "ada@example.com", "")

	elsewhere := scanner.open(mail.Link)
	elsewhere.reads(testID("refused"), "other_device: ")
	elsewhere.reads(testID("refused"), "Go on where you asked for the link, or ask again here.")
	elsewhere.checkHistory(secrets{"link's token": mail.Token})
	for range 2 {
		elsewhere.do(chromedp.Navigate(mail.Link))
		pressEverything(elsewhere, mail.Code)
	}
	elsewhere.sees(testID("nobody"))

	landed := ada.open(mail.Link)
	landed.reads(testID("who"), "ada@example.com")
	found := secrets{"link's token": mail.Token, "verifier": verifier, "session token": sessionTokenIn(landed, "localStorage")}
	ada.check(found)
	scanner.check(found)
	found.checkAbsent(t, "the log", app.dev.stderr.String())

	elsewhere.do(chromedp.Navigate(mail.Link))
	elsewhere.reads("h1", "This link has been used")
}

// pressEverything does what the boldest mail scanners do: it fills in every field and
// presses every button, hidden ones too, some that only appear by that.
func pressEverything(page *tab, word string) {
	page.t.Helper()
	page.until("window.arrived || document.readyState === 'complete'")
	for range 2 {
		page.until(`(() => {
			for (const field of document.querySelectorAll("input")) field.value = field.type === "email" ? "scanner@example.com" : ` + "`" + word + "`" + `;
			for (const button of document.querySelectorAll("button, input[type=submit]")) button.click();
			return true;
		})()`)
	}
}

func TestTheCodeIsTypedWhereTheLoginBegan(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	chromium := startChromium(t)
	ada, mallory := newPerson(t, chromium), newPerson(t, chromium)
	page := ada.open(app.URL + "/authenticate")
	verifier, mail := app.ask(page, "ada@example.com", "")

	elsewhere := mallory.open(app.URL + "/authenticate")
	elsewhere.until("window.arrived")
	elsewhere.refuses(`finish({code: "`+mail.Code+`"})`, "other_device")

	page.types(testID("code"), anotherCode(mail.Code))
	page.click(testID("redeem"))
	page.reads(testID("refused"), "unable_to_auth_otp_code")
	page.types(testID("code"), mail.Code[:4]+" "+mail.Code[4:]) // as the mail shows it
	page.click(testID("redeem"))
	page.reads(testID("who"), "ada@example.com")
	page.reads(testID("returned"), "/cart?a=1#b")
	found := secrets{"code": mail.Code, "verifier": verifier, "session token": sessionTokenIn(page, "localStorage")}
	page.checkHistory(found)
	ada.check(found)
	found.checkAbsent(t, "the log", app.dev.stderr.String())
}

// refuses wants a call of the page's client rejected with the type.
func (tab *tab) refuses(call, errorType string) {
	tab.t.Helper()
	got := eval[string](tab, "client."+call+`.then(() => "no refusal", (err) => err.name + " " + err.type)`)
	if got != "LatchkeyError "+errorType {
		tab.t.Errorf("%s: got %s, want %s", call, got, errorType)
	}
}

// TestTwoTabsWithTwoAddresses: neither login disturbs the other, by link or by code, in
// whichever order.
func TestTwoTabsWithTwoAddresses(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	first, second := ada.open(app.URL+"/authenticate"), ada.open(app.URL+"/authenticate")
	_, home := app.ask(first, "ada@example.com", "")
	_, work := app.ask(second, "ada@work.example", "")

	// The code in the tab that asked: the browser's latest login is the other.
	first.types(testID("code"), home.Code)
	first.click(testID("redeem"))
	first.reads(testID("who"), "ada@example.com")
	second.reads(testID("who"), "ada@example.com")

	landed := ada.open(work.Link)
	landed.reads(testID("who"), "ada@work.example")
	first.reads(testID("who"), "ada@work.example")

	// A page that began none of them finishes the latest.
	_, again := app.ask(first, "ada@example.com", home.ID)
	second.do(chromedp.Reload())
	second.until("window.arrived")
	second.until(`client.finish({code: "` + again.Code + `"}).then((done) => done.user.emails[0].email === "ada@example.com")`)
}

// TestOneLinkInTwoTabs: both come to the same end by one redemption.
func TestOneLinkInTwoTabs(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	_, mail := app.ask(ada.open(app.URL+"/authenticate"), "ada@example.com", "")
	landing := landingOf(t, mail.Link).String()
	tabs := []*tab{ada.newTab(), ada.newTab()}
	for _, tab := range tabs {
		tab.do(chromedp.Navigate("about:blank"))
	}
	for _, tab := range tabs { // without waiting for the page of the first
		eval[any](tab, `void setTimeout(() => location.href = "`+landing+`")`)
	}
	for _, tab := range tabs {
		tab.reads(testID("who"), "ada@example.com")
		tab.reads(testID("returned"), "/cart?a=1#b")
		tab.checkHistory(secrets{"link's token": mail.Token})
	}
	if redeemed := strings.Count(app.dev.stderr.String(), "route=/sdk/v1/magic_links/authenticate status=200"); redeemed != 1 {
		t.Errorf("got %d redemptions, want one for both tabs", redeemed)
	}
	ada.check(secrets{"link's token": mail.Token})
}

// TestALinkThatIsDone: what the service says of a used or an expired link is shown.
func TestALinkThatIsDone(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	app := startJSApp(t, startDev(t, "--data", data), nil)
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	_, used := app.ask(page, "ada@example.com", "")
	landing := landingOf(t, used.Link).String()
	page.do(chromedp.Navigate(landing))
	page.reads(testID("who"), "ada@example.com")

	page.do(chromedp.Navigate(landing)) // as by a bookmark: still in
	page.reads(testID("returned"), "/cart?a=1#b")
	page.click(testID("signout"))
	page.sees(testID("nobody"))
	page.do(chromedp.Navigate(landing))
	page.reads(testID("refused"), "unable_to_auth_magic_link: ")
	page.until(`refused.details.reason === "redeemed" && refused.status === 401 && !!refused.requestId && refused.errorUrl.includes("#unable_to_auth_magic_link")`)

	_, late := app.ask(page, "ada@example.com", used.ID)
	landing = landingOf(t, late.Link).String()
	expireLinks(t, data)
	page.do(chromedp.Navigate(landing))
	page.reads(testID("refused"), "unable_to_auth_magic_link: ")
	page.until(`refused.details.reason === "expired"`)
	page.until(`client.session().then((state) => state === null)`)
	ada.console.check(t)
}

// TestAnInvitesTokenIsForTheBackEnd: the page is told so, and has it to pass on.
func TestAnInvitesTokenIsForTheBackEnd(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	app.dev.backEnd().expect(t, "/v1/magic_links/email/invite", body{"email": "ada@example.com", "redirect_url": app.URL + "/authenticate"}, "")
	page := newPerson(t, startChromium(t)).open(app.dev.mail(t, "ada@example.com").Link)
	page.click("button")
	page.reads(testID("refused"), "magic_link_not_for_public_clients")
	if strings.Contains(eval[string](page, "location.href"), "token") {
		t.Error("the token stands in the address")
	}
	redeemed := body{"token": eval[string](page, "brought().token"), "session_duration_minutes": 60}
	app.dev.backEnd().expect(t, "/v1/magic_links/authenticate", redeemed, "")
}
