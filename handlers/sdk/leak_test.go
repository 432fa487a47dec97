package sdk

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"latchkey/store/storetest"
)

// TestNothingOfALoginIsLoggedOrStored: the door's whole traffic, right and wrong.
func TestNothingOfALoginIsLoggedOrStored(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada.lovelace@example.com")
		page := w.page()
		page.begin(f)
		page.post(redeemPath, with(f.redemption(), "token", flipped(f.token)))
		page.post(redeemPath, with(f.redemption(), "code_verifier", f.verifier[:42]))
		page.post(redeemPath, members{f.token: f.verifier, "session_duration_minutes": f.token})
		page.post(codePath, with(f.typed(), "code", f.code[:7]))
		page.post(startPath, with(f.start(), "email", f.email+"@"))
		page.call(http.MethodGet, "/projects/bootstrap/"+f.token, nil)
		page.call(http.MethodDelete, "/users/emails/"+f.token, nil)
		page.call(http.MethodGet, "/no/such/"+f.token+"?token="+f.token, nil)
		page.signedIn(f.token).post("/sessions/authenticate", members{})
		redeemed := page.post(redeemPath, f.redemption())
		w.wantData(redeemed)
		in := page.signedIn(redeemed.text("data.session_token"))
		w.wantData(in.post("/sessions/authenticate", members{}))
		in.signedIn(flipped(in.session)).post("/sessions/authenticate", members{})
		w.wantData(in.post(attachPath, newFlow("ada.lovelace@work.example").start()))
		w.wantData(in.post("/sessions/revoke", nil))
		page.post(redeemPath, f.redemption())

		log, dump := w.lines.String(), storetest.Dump(t, w.url)
		if !strings.Contains(log, `"route":"/sdk/v1/magic_links/authenticate"`) || !strings.Contains(log, `"project":"`+strict) {
			t.Fatal("the log does not name the route and the project; is it the log at all?")
		}
		for name, credential := range map[string]string{
			"link token": f.token, "code_verifier": f.verifier, "session token": in.session, "session JWT": redeemed.text("data.session_jwt"),
		} {
			if strings.Contains(log, credential) {
				t.Errorf("the log holds the %s", name)
			}
			if strings.Contains(dump, credential) {
				t.Errorf("the database holds the %s", name)
			}
			if raw, err := base64.RawURLEncoding.DecodeString(credential); err == nil && len(raw) > 17 && strings.Contains(dump, string(raw[17:])) {
				t.Errorf("the database holds the %s, or its MAC, as bytes", name)
			}
		}
		for _, personal := range []string{"lovelace", "192.0.2.1", "Mozilla"} {
			if strings.Contains(log, personal) {
				t.Errorf("the log holds %q", personal)
			}
		}
	})
}

func TestARefusalEchoesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		for _, refused := range []answer{
			w.page().post(redeemPath, with(f.redemption(), "code_verifier", "short")),
			w.page().post(redeemPath, with(f.redemption(), "token", flipped(f.token))),
			w.page().post(startPath, with(f.start(), "redirect_url", "https://evil.example/")),
			w.page().post(startPath, with(f.start(), "email", "ada@")),
			w.page().post(startPath, with(f.start(), "email", "lovelace")),
			w.page().signedIn(flipped(f.token)).post("/sessions/authenticate", members{}),
			w.page().call(http.MethodGet, "/projects/bootstrap/"+f.token, nil),
			w.page().call(http.MethodDelete, "/users/emails/"+f.token, nil),
		} {
			if refused.StatusCode < 400 {
				t.Errorf("got %d %s, want a refusal", refused.StatusCode, refused.body)
			}
			for _, word := range []string{f.token[:43], f.verifier, "short", "evil.example", "ada@", "lovelace", "Go "} {
				if strings.Contains(refused.body, word) {
					t.Errorf("%s holds %q", refused.body, word)
				}
			}
		}
	})
}
