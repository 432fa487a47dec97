package e2e

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/store/storetest"
)

func TestServe(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		relay := startRelay(t)
		server := serve(t, newSettings(t, url, relay.address))
		logIn(t, server, relay, 0)
		logInByCode(t, server, relay)
		if status := server.terminate(t); status != 0 {
			t.Errorf("exit status: got %d, want 0", status)
		}
	})
}

// logIn is a whole login in the i-th project: start, mail, redeem, session, sign out.
func logIn(t *testing.T, s *server, r *relay, i int) {
	t.Helper()
	app, pair := s.backEnd(i), newPair()
	email := strings.ToLower(pair.verifier[:8]) + "@example.com"
	app.start(t, email, pair)
	mail := r.mail(t, email)
	if want := s.publicURL + "/l/" + mail.Token; mail.Link != want {
		t.Errorf("link in the mail: got %s, want it under public_url", mail.Link)
	}
	if status, _ := get(t, mail.Link); status != http.StatusFound {
		t.Errorf("opening the link: got %d, want 302", status)
	}
	redeem := "/v1/magic_links/authenticate"
	app.expect(t, redeem, body{"token": mail.Token}, "pkce_expected_code_verifier")
	app.expect(t, redeem, body{"token": mail.Token, "code_verifier": newPair().verifier}, "pkce_mismatch")
	in := app.redeem(t, mail.Token, pair.verifier)
	checkJWT(t, in.SessionJWT, app.jwks(t), s.publicURL, app.project)
	app.expect(t, redeem, body{"token": mail.Token, "code_verifier": pair.verifier}, "unable_to_auth_magic_link")
	session := body{"session_token": in.SessionToken}
	app.expect(t, "/v1/sessions/authenticate", session, "")
	app.expect(t, "/v1/sessions/revoke", session, "")
	app.expect(t, "/v1/sessions/authenticate", session, "session_not_found")
}

// logInByCode types the eight digits of the mail in the place of the link.
func logInByCode(t *testing.T, s *server, r *relay) {
	t.Helper()
	app, pair := s.backEnd(0), newPair()
	app.start(t, "grace@example.com", pair)
	typed := body{"email": "grace@example.com", "code": r.mail(t, "grace@example.com").Code, "session_duration_minutes": 60}
	redeem := "/v1/otps/authenticate"
	app.expect(t, redeem, typed, "pkce_expected_code_verifier")
	typed["code_verifier"] = newPair().verifier
	app.expect(t, redeem, typed, "unable_to_auth_otp_code")
	typed["code_verifier"] = pair.verifier
	in := app.expect(t, redeem, typed, "")
	checkJWT(t, in.SessionJWT, app.jwks(t), s.publicURL, app.project)
	app.expect(t, redeem, typed, "unable_to_auth_otp_code")
}
