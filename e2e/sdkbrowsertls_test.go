package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserSDKOverTLS points the browser SDK at Latchkey the documented way, by
// customBaseUrl, of which it takes the host and nothing else: https, port 443.
func TestBrowserSDKOverTLS(t *testing.T) {
	t.Parallel()
	sdk := installSDK(t)
	relay := startRelay(t)
	settings := newSettings(t, sqliteURL(t), relay.address)
	settings.publicURL = "https://login.example.com"
	settings.keys = `
redirect_urls: [https://app.example.com/authenticate]
doors: [stytch]
public_token: public-token-test-one
allowed_origins: [https://app.example.com]`
	server := serve(t, settings)

	api := startTLS(t, forward(t, settings.url()))
	page := startTLS(t, sdk.page("public-token-test-one", map[string]any{"customBaseUrl": settings.publicURL}))
	key := sha256.Sum256(api.Certificate().RawSubjectPublicKeyInfo)
	chromium := startChromium(t, chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:])))
	app := &sdkApp{
		t: t, publicToken: "public-token-test-one", page: "https://app.example.com", backEnd: server.backEnd(0),
		mail: eachOnce(func(address, earlier string) (link, id string) {
			mail := relay.mailAfter(t, address, earlier)
			return mail.Link, mail.ID
		}),
		person: func() *person {
			somebody := newPerson(t, chromium)
			somebody.traffic.lead("login.example.com", api)
			somebody.traffic.lead("app.example.com", page)
			somebody.traffic.lead("evil.example.com", page)
			return somebody
		},
	}
	app.checkLogin(false)
	app.checkOtherBrowser()
	app.checkUnlistedOrigin(relay)
}

// checkUnlistedOrigin: a page on an origin that the project does not list gets no mail
// sent, even if it asks for one as well as it can.
func (a *sdkApp) checkUnlistedOrigin(relay *relay) {
	page := a.person().open("https://evil.example.com/")
	ask := fmt.Sprintf(`fetch("https://login.example.com/sdk/v1/magic_links/email/login_or_create", {
		method: "POST",
		headers: {"Authorization": "Basic " + btoa("%[1]s:%[1]s"), "Content-Type": "application/json", "X-SDK-Parent-Host": "https://app.example.com"},
		body: JSON.stringify({email: "linus@example.com", code_challenge: %[2]q}),
	}).then(r => r.status, () => 0)`, a.publicToken, newPair().challenge)
	if status := eval[int](page, ask); status == http.StatusOK {
		a.t.Error("got 200, want a refusal or, by CORS, nothing")
	}
	a.ask(a.person().open(a.page+"/"), "linus@example.com")
	relay.mail(a.t, "linus@example.com")
	mails := 0
	for _, message := range relay.Messages() {
		if slices.Contains(message.To, "linus@example.com") {
			mails++
		}
	}
	if mails != 1 {
		a.t.Errorf("got %d mails, want that of the page on the listed origin alone", mails)
	}
}
