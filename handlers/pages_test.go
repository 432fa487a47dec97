package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/templates"
)

const (
	signInURL = "https://app.example.com/login"
	picture   = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><script>alert(1)</script><path d="M0 0h8v8z"/></svg>`
)

// withBrand gives the required project a face.
func (w *world) withBrand() {
	w.t.Helper()
	logo, err := templates.ParseLogo([]byte(picture))
	fatal(w.t, err)
	accent, err := templates.ParseAccent("#1d4ed8")
	fatal(w.t, err)
	project := w.api.Projects[requiredProject]
	project.Brand = templates.Brand{Name: "Acme", Logo: logo, Accent: accent}
	project.PublicToken, project.SignInURL, project.Code = publicToken, signInURL, true
	w.api.Projects[requiredProject] = project
	w.http = w.api.Handler()
}

// wantBrand wants a page of the project's, whoever it refuses.
func (w *world) wantBrand(page answer) {
	w.t.Helper()
	for _, want := range []string{`alt="Acme"`, `<img src="/assets/`, `.css">` + "\n</head>"} {
		if !strings.Contains(page.body, want) {
			w.t.Errorf("got %d, a page without %s:\n%s", page.StatusCode, want, page.body)
		}
	}
}

func TestPagesBearTheirProjectsBrand(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.withBrand()
		native, spent := newFlow(requiredProject, ada), newFlow(requiredProject, ada)
		native.start["redirect_url"] = nativeURL
		w.begin(native)
		w.begin(spent)
		w.wantOK(w.redeem(spent))
		w.wantBrand(w.request(http.MethodGet, "/other-device/"+requiredProject))
		w.wantBrand(w.request(http.MethodGet, "/l/"+native.token))
		w.wantBrand(w.request(http.MethodGet, "/l/"+w.invite("grace@example.com", nil)))
		dead := w.request(http.MethodGet, "/l/"+spent.token)
		w.wantBrand(dead)
		if want := `<a class="button" href="` + signInURL + `">`; !strings.Contains(dead.body, want) {
			t.Errorf("a spent link's page lacks %s:\n%s", want, dead.body)
		}
		for name, path := range map[string]string{"a link that never was": "/l/nothing", "the errors": "/errors"} {
			if got := w.request(http.MethodGet, path); strings.Contains(got.body, "<header") {
				t.Errorf("%s, which are of no project: got\n%s", name, got.body)
			}
		}
	})
}

func TestTheOtherDevicesPage(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.withBrand()
		for _, name := range []string{requiredProject, publicToken} {
			got := w.request(http.MethodGet, "/other-device/"+name)
			w.wantOK(got)
			for _, want := range []string{signInURL, "eight digits", "Acme"} {
				if !strings.Contains(got.body, want) {
					t.Errorf("%s: the page lacks %q:\n%s", name, want, got.body)
				}
			}
			if policy := got.Header.Get("Content-Security-Policy"); policy != pagePolicy || got.Header.Get("Vary") != "Accept-Language" {
				t.Errorf("got the policy %q and Vary %q", policy, got.Header.Get("Vary"))
			}
		}
		for _, name := range []string{"project-test-nobody", "public-token-test-nobody", "%00"} {
			if got := w.request(http.MethodGet, "/other-device/"+name); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "<h1>There is nothing here</h1>") {
				t.Errorf("%s: got %d\n%s", name, got.StatusCode, got.body)
			}
		}
		// A project without a public token is not found by none.
		if _, found := w.api.named(""); found {
			t.Error("no name found a project")
		}
	})
}

// A logo is an operator's file, and an SVG is a document: opened by itself it would run its
// scripts on the origin that serves the pages.
func TestAssetsAreOnlyLookedAt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.withBrand()
		brands := w.api.Projects[requiredProject].Brand.Assets()
		for i, asset := range append(brands, w.pages.Assets()...) {
			age := brandMaxAge
			if i >= len(brands) {
				age = ownMaxAge
			}
			got := w.request(http.MethodGet, "/assets/"+asset.Name)
			w.wantOK(got)
			for header, want := range map[string]string{
				"Content-Type": asset.MediaType, "Content-Security-Policy": assetPolicy, "X-Content-Type-Options": "nosniff",
				"Cache-Control": age, "Referrer-Policy": "no-referrer",
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s: %s: got %q, want %q", asset.Name, header, got.Header.Get(header), want)
				}
			}
			if got.body != string(asset.Content) {
				t.Errorf("%s: got %q", asset.Name, got.body)
			}
		}
		for _, sandboxed := range []string{"default-src 'none'", "; sandbox", "frame-ancestors 'none'"} {
			if !strings.Contains(assetPolicy, sandboxed) {
				t.Errorf("the policy %q lacks %s", assetPolicy, sandboxed)
			}
		}
	})
}

// TestEveryDeadEndNamesTheNextStep: where a person is stuck, the program that speaks for us is
// told what to say.
func TestEveryDeadEndNamesTheNextStep(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		spent, old := newFlow(requiredProject, ada), newFlow(requiredProject, "bob@example.com")
		old.start["signup_expiration_minutes"] = 5
		w.begin(spent)
		w.begin(old)
		mailed := w.invite("grace@example.com", members{"invite_expiration_minutes": 5})
		invited := landingToken(t, w.press(mailed, nil))
		w.wantOK(w.redeem(spent))
		w.clock.Advance(5 * time.Minute)
		guesser := newFlow(requiredProject, "joan@example.com")
		w.begin(guesser)
		guess := with(guesser.typed(), "code", wrong(guesser.code))
		for range 10 {
			w.wantRefusal(w.post(requiredProject, codePath, guess), 401, "unable_to_auth_otp_code")
		}
		redeem := func(token string) answer {
			return w.post(requiredProject, redeemPath, with(spent.redemption(), "token", token))
		}
		for name, c := range map[string]struct {
			got  answer
			next problem.Step
		}{
			"a spent link":           {redeem(spent.token), problem.RequestNewLink},
			"a link that is too old": {redeem(old.token), problem.RequestNewLink},
			"a link that never was":  {redeem(flipped(spent.token)), problem.RequestNewLink},
			"an invite's own token":  {redeem(mailed), problem.OpenMailedLink},
			"an invite too old":      {redeem(invited), problem.AskInviter},
			"a code of no use":       {w.post(requiredProject, codePath, guesser.typed()), problem.UseLink},
			"half a code":            {w.post(requiredProject, codePath, with(guesser.typed(), "code", "1234")), problem.CheckCode},
			"no address":             {w.post(requiredProject, startPath, members{"email": "ada"}), problem.UseAnotherAddress},
			"a session that is over": {w.post(requiredProject, "/v1/sessions/authenticate", members{"session_token": spent.token}), problem.SignIn},
			"a client's own fault":   {w.post(requiredProject, startPath, members{"email": ada}), ""},
		} {
			if got := c.got.text("error_details.next"); c.got.StatusCode < 400 || got != string(c.next) {
				t.Errorf("%s: got %d %s, want %q next", name, c.got.StatusCode, c.got.body, c.next)
			}
		}
	})
}

func TestTheErrorsPageNamesTheNextStep(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.do(httptest.NewRequest(http.MethodGet, "/errors", nil))
		for _, p := range problem.All() {
			if p.Next != "" && !strings.Contains(got.body, "Next: <code>"+string(p.Next)+"</code>") {
				t.Errorf("/errors does not say %s", p.Next)
			}
		}
	})
}
