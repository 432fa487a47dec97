package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAnInvitationInABrowser: the page's button leads to the app, which is of another
// origin than the page. Browsers hold a form's redirect against the page's policy.
func TestAnInvitationInABrowser(t *testing.T) {
	t.Parallel()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<h1>Welcome</h1>")
	}))
	t.Cleanup(app.Close)
	dev := startDev(t)
	dev.backEnd().expect(t, "/v1/magic_links/email/invite", body{"email": "ada@example.com", "redirect_url": app.URL + "/authenticate"}, "")
	mail := dev.mail(t, "ada@example.com")

	page := newPerson(t, startChromium(t)).open(mail.Link)
	page.reads("main", "ada@example.com")
	page.click("button")
	page.reads("h1", "Welcome")
	token := eval[string](page, `new URLSearchParams(location.search).get("token")`)
	redeemed := body{"token": token, "session_duration_minutes": 60}
	if a := dev.backEnd().expect(t, "/v1/magic_links/authenticate", redeemed, ""); a.SessionToken == "" {
		t.Error("got no session, want one")
	}
}
