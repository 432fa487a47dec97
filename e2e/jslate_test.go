package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestATabThatSeesALoginLate comes to the same end by link and by code, though the service
// refuses what another tab has spent; but only while the same person is in.
func TestATabThatSeesALoginLate(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t, "--mailbox-limit", "off"), nil)
	chromium := startChromium(t)
	var earlier, gracesEarlier string
	for _, since := range []string{"", "she signed out", "somebody else signed in"} {
		for _, by := range []string{"link", "code"} {
			ada := newPerson(t, chromium)
			page, late := ada.open(app.URL+"/authenticate"), ada.open(app.URL+"/authenticate")
			late.until("window.arrived")
			_, mail := app.ask(page, "ada@example.com", earlier)
			earlier = mail.ID
			landing := landingOf(t, mail.Link).String()
			late.until(`Object.keys(localStorage).some((key) => key.includes(".flow."))`)
			late.seesLate()

			page.do(chromedp.Navigate(landing))
			page.reads(testID("who"), "ada@example.com")
			switch since {
			case "she signed out":
				page.click(testID("signout"))
				page.sees(testID("nobody"))
			case "somebody else signed in":
				_, hers := app.ask(page, "grace@example.com", gracesEarlier)
				gracesEarlier = hers.ID
				page.until(`client.finish({code: "` + hers.Code + `"}).then((done) => done.user.emails[0].email === "grace@example.com")`)
			}

			call, refusal := `finish({code: "`+mail.Code+`"})`, "unable_to_auth_otp_code"
			if by == "link" {
				call, refusal = "finish()", "unable_to_auth_magic_link"
				eval[any](late, fmt.Sprintf("history.replaceState(null, '', %q)", landing))
			}
			if since == "" {
				late.until(`client.` + call + `.then((done) => done.user.emails[0].email === "ada@example.com" && done.returnTo === "/cart?a=1#b")`)
			} else {
				late.refuses(call, refusal)
			}
			if got := eval[string](late, "`${answers.slice(0, 2)}`"); got[:3] != "401" || since != "" && got != "401" && got != "401,200" {
				t.Errorf("%s: the service answered %s, want one refusal first: that is what was to be tried", by, got)
			}
		}
	}
}

// TestATabThatSeesALoginLateUndoesNothing: what the service says of the session that it still
// sees neither ends the login of another tab nor puts an earlier person in its place.
func TestATabThatSeesALoginLateUndoesNothing(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t, "--mailbox-limit", "off"), nil)
	chromium := startChromium(t)
	earlier := map[string]string{}
	for _, login := range []struct {
		next  string
		ended bool // the session before
	}{{"ada@example.com", false}, {"ada@example.com", true}, {"grace@example.com", false}} {
		person := newPerson(t, chromium)
		page, late := person.open(app.URL+"/authenticate"), person.open(app.URL+"/authenticate")
		signIn := func(email string) (token string) {
			t.Helper()
			flow := eval[string](page, fmt.Sprintf(`client.start(%q).then(({flow}) => flow)`, email))
			mail := app.dev.mailAfter(t, email, earlier[email])
			earlier[email] = mail.ID
			page.until(fmt.Sprintf(`client.finish({code: %q, flow: %q}).then((done) => done.user.emails[0].email === %q)`, mail.Code, flow, email))
			return sessionTokenIn(page, "localStorage")
		}
		page.until("window.arrived")
		before := signIn("ada@example.com")
		late.reads(testID("who"), "ada@example.com")
		late.seesLate()
		if login.ended {
			app.dev.backEnd().expect(t, "/v1/sessions/revoke", body{"session_token": before}, "")
		}
		token := signIn(login.next)
		if token == before {
			t.Fatal("the login brought no other token: nothing was tried")
		}

		late.until(`client.session().then((state) => !!state)`)
		for _, tab := range []*tab{page, late} {
			tab.until(fmt.Sprintf(`client.session().then((state) => state?.user.emails[0].email === %q)`, login.next))
		}
		if got := sessionTokenIn(page, "localStorage"); got != token {
			t.Errorf("%+v: the session's token is another than this login brought", login)
		}
	}
}

// TestATabHearsOfALoginThatItSeesLate, where nothing tells it when: what another tab has kept
// may come after the news of it, and storage events are for localStorage alone.
func TestATabHearsOfALoginThatItSeesLate(t *testing.T) {
	t.Parallel()
	app := startJSApp(t, startDev(t), nil)
	ada := newPerson(t, startChromium(t))
	page, late := ada.open(app.URL+"/authenticate"), ada.open(app.URL+"/authenticate")
	late.until("window.arrived")
	late.seesLate()
	eval[any](late, fmt.Sprintf(`(() => {
		addEventListener("storage", (event) => event.stopImmediatePropagation(), true);
		new BroadcastChannel("latchkey.%s.").onmessage = () => setTimeout(seeNow, 100);
	})()`, devPublicToken))
	_, mail := app.ask(page, "ada@example.com", "")
	page.types(testID("code"), mail.Code)
	page.click(testID("redeem"))
	late.reads(testID("who"), "ada@example.com")
}

// seesLate makes the page read what localStorage has right now, and what it writes itself,
// until a moment after the service's next answer: what one tab writes gets to the process of
// another by a way of its own, and nothing promises when.
func (tab *tab) seesLate() {
	tab.t.Helper()
	eval[any](tab, `(() => {
		const there = localStorage, seen = {...there};
		let late = true;
		Object.defineProperty(window, "localStorage", {value: new Proxy(there, {
			get: (_, key) => (late ? seen : there)[key],
			set: (_, key, value) => (seen[key] = there[key] = value, true),
			deleteProperty: (_, key) => delete seen[key] && delete there[key],
		})});
		window.seeNow = () => { late = false; };
		window.answers = [];
		const ask = fetch;
		window.fetch = async (...request) => {
			const answer = await ask(...request);
			answers.push(answer.status);
			setTimeout(seeNow, 100);
			return answer;
		};
	})()`)
}
