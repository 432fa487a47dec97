package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/sealed"
	"latchkey/models"
)

// invite asks for an invitation and returns the token in its mail.
func (w *world) invite(email string, beside members) (mailed string) {
	w.t.Helper()
	request := members{"email": email, "redirect_url": appURL}
	for name, value := range beside {
		request[name] = value
	}
	w.wantOK(w.post(requiredProject, invitePath, request))
	redeemable, _ := w.mailed()
	id, err := w.keys.Open(sealed.Link, redeemable)
	fatal(w.t, err)
	mailed, err = w.keys.Seal(1, sealed.Invite, models.ID(id))
	fatal(w.t, err)
	return mailed
}

// press sends the form of an invite's page.
func (w *world) press(mailed string, headers map[string]string) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/l/"+mailed, strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return w.do(r)
}

func landingToken(t *testing.T, a answer) string {
	t.Helper()
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(u.String(), appURL) {
		t.Fatalf("got %d to %q, want 303 to %s", a.StatusCode, a.Header.Get("Location"), appURL)
	}
	return u.Query().Get("token")
}

func TestAnInviteGoesByItsButton(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mailed := w.invite(ada, members{"name": members{"first_name": "Ada"}, "trusted_metadata": members{"role": "editor"}})
		w.wantRefusal(w.redeem(&flow{project: requiredProject, token: mailed}), 404, "magic_link_not_found")
		page := w.request(http.MethodGet, "/l/"+mailed)
		if body := string(page.body); page.StatusCode != http.StatusOK || page.Header.Get("Location") != "" || !strings.Contains(body, ada) ||
			!strings.Contains(body, `method="post"`) || strings.Contains(body, mailed) {
			t.Errorf("got %d %s, want a page that names %s and has a form, without the token", page.StatusCode, body, ada)
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; form-action 'self' https://app.example.com") {
			t.Errorf("got the policy %q, under which Chromium does not follow the button to the app", policy)
		}
		token := landingToken(t, w.press(mailed, map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "null"}))
		w.wantOK(w.redeem(&flow{project: requiredProject, token: token}))
		w.wantRefusal(w.redeem(&flow{project: requiredProject, token: token}), 401, "unable_to_auth_magic_link")
		used := w.request(http.MethodGet, "/l/"+mailed)
		if body := string(used.body); used.StatusCode != http.StatusOK || strings.Contains(body, "<form") || !strings.Contains(body, "https://app.example.com") {
			t.Errorf("got %d %s, want a page without a form and with a way on", used.StatusCode, body)
		}
		if again := w.press(mailed, nil); again.StatusCode != http.StatusUnauthorized {
			t.Errorf("a used invite's button: got %d, want 401", again.StatusCode)
		}
	})
}

func TestAnotherSiteCannotPressTheButton(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mailed := w.invite(ada, nil)
		for name, tc := range map[string]struct {
			headers map[string]string
			status  int
		}{
			"cross-site":              {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
			"another sub-domain":      {map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
			"typed or bookmarked":     {map[string]string{"Sec-Fetch-Site": "none"}, 403},
			"a lie about the origin":  {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": publicURL}, 403},
			"an old browser, foreign": {map[string]string{"Origin": "https://evil.example"}, 403},
			"an old browser, null":    {map[string]string{"Origin": "null"}, 403},
			"an old browser, ours":    {map[string]string{"Origin": publicURL}, 303},
			"no browser":              {nil, 303},
			"ours":                    {map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
		} {
			if got := w.press(mailed, tc.headers); got.StatusCode != tc.status {
				t.Errorf("%s: got %d, want %d", name, got.StatusCode, tc.status)
			}
		}
	})
}

func TestOnlyAnInvitesTokenHasAButton(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, ada)
		w.begin(f)
		for _, token := range []string{f.token, "x", strings.Repeat("A", 44)} {
			if got := w.press(token, nil); got.StatusCode != http.StatusNotFound || got.Header.Get("Location") != "" {
				t.Errorf("got %d to %q, want 404", got.StatusCode, got.Header.Get("Location"))
			}
		}
	})
}

func TestARevokedInvitesPageAndButtonRefuse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mailed := w.invite(ada, nil)
		w.wantRefusal(w.post(requiredProject, revokePath, members{"email": "nobody@example.com"}), 404, "email_not_found")
		w.wantRefusal(w.post(requiredProject, revokePath, members{}), 400, "invalid_email")
		w.wantOK(w.post(requiredProject, revokePath, members{"email": ada}))
		for _, got := range []answer{w.request(http.MethodGet, "/l/"+mailed), w.press(mailed, nil)} {
			if got.StatusCode != http.StatusUnauthorized || !strings.Contains(got.body, "This invitation was withdrawn") {
				t.Errorf("got %d and\n%s\nwant 401, and words for who asked for nothing", got.StatusCode, got.body)
			}
		}
	})
}

func TestRefusedInvites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.signIn(bob)
		good := members{"email": ada, "redirect_url": appURL}
		for name, tc := range map[string]struct {
			body   members
			status int
			kind   string
		}{
			"who has come in":    {with(good, "email", bob), 400, "duplicate_email"},
			"no address":         {with(good, "email", nil), 400, "invalid_email"},
			"an unlisted URL":    {with(good, "invite_magic_link_url", "https://evil.example/"), 400, "no_match_for_provided_magic_link_url"},
			"an app's scheme":    {with(good, "redirect_url", nativeURL), 400, "pkce_required_for_native_callback"},
			"too short a life":   {with(good, "invite_expiration_minutes", 4), 400, "invalid_expiration"},
			"unknown words":      {with(good, "invite_template_id", "x"), 400, "email_template_not_found"},
			"metadata no object": {with(good, "trusted_metadata", "x"), 400, "invalid_member_type"},
		} {
			t.Run(name, func(t *testing.T) {
				w := w.in(t)
				w.wantRefusal(w.post(requiredProject, invitePath, tc.body), tc.status, tc.kind)
				w.wantNoMail(ada)
			})
		}
	})
}
