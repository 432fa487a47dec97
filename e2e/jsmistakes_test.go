package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestALoginIsNotToldTwice: what a page has finished says nothing about now. Who signed out
// meanwhile, in another tab, is out, and the next person is not taken for the last.
func TestALoginIsNotToldTwice(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	first, second := ada.open(app.URL+"/authenticate"), ada.open(app.URL+"/authenticate")
	_, mail := app.ask(first, "ada@example.com", "")
	first.types(testID("code"), mail.Code)
	first.click(testID("redeem"))
	second.reads(testID("who"), "ada@example.com")
	eval[any](second, `client.signOut()`)
	first.sees(testID("nobody"))

	first.refuses(`finish({code: "`+mail.Code+`"})`, "other_device")
	_, hers := app.ask(first, "grace@example.com", "")
	first.refuses(`finish({code: "`+mail.Code+`"})`, "unable_to_auth_otp_code")
	first.until(`client.session().then((state) => state === null)`)

	second.do(chromedp.Navigate(hers.Link))
	second.reads(testID("who"), "grace@example.com")
	second.until(`client.finish().then((done) => done.user.emails[0].email === "grace@example.com" && done.returnTo === "/cart?a=1#b")`)
	eval[any](first, `client.signOut()`)
	second.refuses(`finish()`, "unable_to_auth_magic_link")
	if redeemed := ada.traffic.count("POST", "/sdk/v1/magic_links/authenticate"); redeemed != 2 {
		t.Errorf("got %d requests for the link, want one before and one after the sign-out", redeemed)
	}
}

// TestWhatIsNoCodeIsRefusedInThePage, before anything is asked, and never taken for no code.
func TestWhatIsNoCodeIsRefusedInThePage(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), func(_ *release, o *jsOptions) { o.ReturnTo = "" })
	ada := newPerson(t, startChromium(t))
	page := ada.open(app.URL + "/authenticate")
	page.until("window.arrived")
	for _, code := range []string{`""`, `" "`, `"abcd"`, `"1234567"`, `"123456789"`, `null`, `undefined`} {
		page.refuses(`finish({code: `+code+`})`, "invalid_code")
	}
	if asked := ada.traffic.count("POST", "/authenticate"); asked != 0 {
		t.Errorf("got %d requests, want none", asked)
	}
	// What a query without it gives.
	flow := eval[string](page, `client.start("ada@example.com", {returnTo: new URLSearchParams().get("to")}).then(({flow}) => flow)`)
	mail := app.dev.mail(t, "ada@example.com")
	page.until(fmt.Sprintf(`client.finish({code: %q, flow: %q}).then((done) => done.returnTo === "/")`, mail.Code, flow))
}

// TestOptionsThatCannotBeMeant are refused where they are given, and a secret before it is
// sent anywhere.
func TestOptionsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/classic/authenticate")
	page.until("window.arrived")
	made := func(change string) string {
		return eval[string](page, fmt.Sprintf(`(() => {
			try {
				latchkey.createLatchkey({url: %q, publicToken: %q, %s});
				return "made";
			} catch (err) {
				return err.name + " " + err.type + " " + err.message.split(" ")[0];
			}
		})()`, app.dev.url, devPublicToken, change))
	}
	for option, wrong := range map[string][]string{
		"url":         {`undefined`, `""`, `"localhost:8081"`, `"login.example.com"`, `"ftp://login.example.com"`, `"https://"`, `"https://login.example.com/sdk/v1"`},
		"publicToken": {`undefined`, `""`, `"secret-test-one"`},
		"storage":     {`"cookies"`, `"toString"`, `null`, `{}`},
	} {
		for _, value := range wrong {
			if got, want := made(option+": "+value), "LatchkeyError invalid_option "+option; got != want {
				t.Errorf("%s: %s: got %s, want %s", option, value, got, want)
			}
		}
	}
	for _, good := range []string{``, `url: "https://login.example.com/"`, `url: "http://[::1]:8080"`, `storage: "session"`, `storage: undefined`} {
		if got := made(good); got != "made" {
			t.Errorf("{%s}: got %s, want a client", good, got)
		}
	}
}

// TestOtherTabsHearOfEachChangeOnce, and of one that could not be asked about as soon as it
// can be.
func TestOtherTabsHearOfEachChangeOnce(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	api := startFlaky(t, dev.url)
	app := startJSApp(t, dev, func(_ *release, o *jsOptions) { o.URL = api.url })
	ada := newPerson(t, startChromium(t))
	page, hearer := ada.open(app.URL+"/authenticate"), ada.open(app.URL+"/authenticate")
	hearer.until("window.arrived")
	eval[any](hearer, `(() => {
		window.heard = [];
		client.onChange(({user}) => heard.push(user ? "in" : "out"));
		addEventListener("unhandledrejection", () => heard.push("unhandled"));
		const ask = fetch;
		window.fetch = (...request) => ask(...request).catch((err) => { window.unanswered = true; throw err; });
	})()`)
	heard := func(want string) {
		t.Helper()
		if got := eval[string](hearer, `heard.join(" ")`); got != want {
			t.Fatalf("the other tab heard %q, want %q", got, want)
		}
	}
	_, mail := app.ask(page, "ada@example.com", "")
	api.slow.Store("/sessions/authenticate") // so that all that brings the news has come before the answer
	page.types(testID("code"), mail.Code)
	page.click(testID("redeem"))
	<-api.waiting
	api.slow.Store("")
	close(api.released)
	hearer.reads(testID("who"), "ada@example.com")
	page.click(testID("signout"))
	hearer.until(`heard.at(-1) === "out"`)
	heard("in out")

	_, mail = app.ask(page, "ada@example.com", mail.ID)
	api.broken.Store("/sessions/authenticate")
	page.types(testID("code"), mail.Code)
	page.click(testID("redeem"))
	hearer.until("window.unanswered")
	heard("in out")
	api.broken.Store("")
	eval[any](hearer, `void dispatchEvent(new Event("online"))`)
	hearer.until(`heard.at(-1) === "in"`)
	heard("in out in")
}

// TestAnotherDevicesPageIsNamed by the error, so that an app can lead there.
func TestAnotherDevicesPageIsNamed(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	page := newPerson(t, startChromium(t)).open(app.URL + "/authenticate")
	page.until("window.arrived")
	got := eval[string](page, `client.finish({code: "12345678"}).catch((err) => err.errorUrl)`)
	if want := app.dev.url + "/other-device/" + devPublicToken; got != want {
		t.Fatalf("errorUrl: got %s, want %s", got, want)
	}
	if status, _ := get(t, got); status != http.StatusOK {
		t.Errorf("%s: got %d, want 200", got, status)
	}
}
