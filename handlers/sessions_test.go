package handlers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// signedIn is a flow that has come to its end.
func (w *world) signedIn(email string) (redeemed answer) {
	w.t.Helper()
	f := newFlow(requiredProject, email)
	w.begin(f)
	redeemed = w.redeem(f)
	w.wantOK(redeemed)
	return redeemed
}

func (w *world) sessions(path string, body members) answer {
	w.t.Helper()
	return w.post(requiredProject, "/v1/sessions/"+path, body)
}

func TestARedeemedLinkAnswersInTheWireShape(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "Ada@Example.com")
		started := w.begin(f)
		redeemed := w.redeem(f)
		w.wantOK(redeemed)
		if got, want := redeemed.text("user_id"), started.text("user_id"); got != want || got == "" {
			t.Errorf("user_id: got %q, want %q", got, want)
		}
		if got, want := redeemed.text("method_id"), started.text("email_id"); got != want || got == "" {
			t.Errorf("method_id: got %q, want %q", got, want)
		}
		if created, _ := started.field("user_created").(bool); !created {
			t.Error("user_created: got false for a new address")
		}
		emails, _ := redeemed.field("user.emails").([]any)
		if len(emails) != 1 || emails[0].(members)["verified"] != true || emails[0].(members)["email"] != "Ada@example.com" {
			t.Errorf("user.emails: got %v", emails)
		}
		for _, name := range []string{"phone_numbers", "webauthn_registrations", "providers", "totps", "crypto_wallets", "biometric_registrations", "roles"} {
			if list, ok := redeemed.field("user." + name).([]any); !ok || len(list) != 0 {
				t.Errorf("user.%s: got %v, want []", name, redeemed.field("user."+name))
			}
		}
		for _, name := range []string{"user.created_at", "session.started_at", "session.expires_at"} {
			if _, err := time.Parse(time.RFC3339, redeemed.text(name)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		again := newFlow(requiredProject, "ada@EXAMPLE.com")
		if created, _ := w.begin(again).field("user_created").(bool); created {
			t.Error("the same mailbox in other letters made a second person")
		}
	})
}

func TestWithoutADurationThereIsNoSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		got := w.post(f.project, redeemPath, with(f.redemption(), "session_duration_minutes", nil))
		w.wantOK(got)
		if got.text("session_token") != "" || got.text("session_jwt") != "" || got.field("session") != nil {
			t.Errorf("got %s", got.body)
		}
		if raw := json.RawMessage(got.body); !json.Valid(raw) || got.field("user.status") != "active" {
			t.Errorf("got %s", got.body)
		}
	})
}

func TestTheJWTVerifiesAgainstTheKeySet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		redeemed := w.signedIn("ada@example.com")
		published := w.request(http.MethodGet, "/v1/sessions/jwks/"+requiredProject)
		w.wantOK(published)
		var set jose.JSONWebKeySet
		fatal(t, json.Unmarshal([]byte(published.body), &set))
		for _, key := range set.Keys {
			if !key.IsPublic() {
				t.Fatal("the key set holds a private key")
			}
		}
		parsed, err := jwt.ParseSigned(redeemed.text("session_jwt"), []jose.SignatureAlgorithm{jose.ES256})
		fatal(t, err)
		var claims jwt.Claims
		var sessions map[string]any
		fatal(t, parsed.Claims(set, &claims, &sessions))
		fatal(t, claims.Validate(jwt.Expected{
			Issuer: publicURL, AnyAudience: jwt.Audience{requiredProject},
			Subject: redeemed.text("user_id"), Time: w.clock.Now(),
		}))
		if life := claims.Expiry.Time().Sub(claims.IssuedAt.Time()); life != 5*time.Minute {
			t.Errorf("the JWT lives %s, want 5m", life)
		}
		for _, claim := range []string{"session", "https://stytch.com/session"} {
			if id := sessions[claim].(members)["id"]; id != redeemed.text("session.session_id") {
				t.Errorf("claim %s: got id %v", claim, id)
			}
		}
		if parsed.Headers[0].ExtraHeaders["typ"] != "JWT" {
			t.Errorf("typ: got %v", parsed.Headers[0].ExtraHeaders["typ"])
		}
	})
}

func TestASessionIsAuthenticatedByTokenOrJWT(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		redeemed := w.signedIn("ada@example.com")
		w.clock.Advance(10 * time.Minute) // the JWT has expired, the session has not
		for _, by := range []string{"session_token", "session_jwt"} {
			got := w.sessions("authenticate", members{by: redeemed.text(by)})
			w.wantOK(got)
			if got.text("session_token") != redeemed.text("session_token") {
				t.Errorf("by %s: the session token changed", by)
			}
			if got.text("session_jwt") == "" || got.text("session_jwt") == redeemed.text("session_jwt") {
				t.Errorf("by %s: no fresh JWT", by)
			}
			if got.text("session.expires_at") != redeemed.text("session.expires_at") {
				t.Errorf("by %s: the session's end moved", by)
			}
			if got.text("user.user_id") != redeemed.text("user_id") {
				t.Errorf("by %s: got user %v", by, got.field("user"))
			}
		}
		extended := w.sessions("authenticate", members{"session_token": redeemed.text("session_token"), "session_duration_minutes": 120})
		want := w.clock.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
		if got := extended.text("session.expires_at"); got != want {
			t.Errorf("extended: got %s, want %s", got, want)
		}
		w.clock.Advance(2 * time.Hour)
		w.wantRefusal(w.sessions("authenticate", members{"session_token": redeemed.text("session_token")}), 404, "session_not_found")
		w.wantRefusal(w.sessions("authenticate", members{"session_jwt": extended.text("session_jwt")}), 404, "session_not_found")
	})
}

func TestARevokedSessionIsOverAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for by, path := range map[string]string{
			"session_token": "session_token", "session_jwt": "session_jwt", "session_id": "session.session_id",
		} {
			redeemed := w.signedIn("ada@example.com")
			w.wantOK(w.sessions("revoke", members{by: redeemed.text(path)}))
			w.wantRefusal(w.sessions("authenticate", members{"session_token": redeemed.text("session_token")}), 404, "session_not_found")
			w.wantRefusal(w.sessions("authenticate", members{"session_jwt": redeemed.text("session_jwt")}), 404, "session_not_found")
			w.wantRefusal(w.sessions("revoke", members{by: redeemed.text(path)}), 404, "session_not_found")
		}
	})
}

func TestSessionArguments(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		redeemed := w.signedIn("ada@example.com")
		token, jwt := redeemed.text("session_token"), redeemed.text("session_jwt")
		for _, tc := range []struct {
			path   string
			body   members
			status int
			kind   string
		}{
			{"authenticate", members{}, 400, "no_session_arguments"},
			{"authenticate", members{"session_token": token, "session_jwt": jwt}, 400, "too_many_session_arguments"},
			{"authenticate", members{"session_token": "short"}, 400, "invalid_session_token"},
			{"authenticate", members{"session_token": flipped(token)}, 404, "session_not_found"},
			{"authenticate", members{"session_jwt": "a.b.c"}, 400, "unable_to_parse_session_jwt"},
			{"authenticate", members{"session_jwt": jwt[:len(jwt)-4] + "AAAA"}, 400, "unable_to_parse_session_jwt"},
			{"authenticate", members{"session_token": token, "session_duration_minutes": 4}, 400, "invalid_session_duration_minutes"},
			{"authenticate", members{"session_token": token, "session_duration_minutes": 527041}, 400, "invalid_session_duration_minutes"},
			{"authenticate", members{"session_token": token, "session_custom_claims": []string{}}, 400, "invalid_member_type"},
			{"authenticate", members{"session_token": token, "session_custom_claims": members{"session": "mine"}}, 400, "reserved_claims_in_custom_claims"},
			{"authenticate", members{"session_token": token, "session_custom_claims": members{"https://stytch.com/session": nil}}, 400, "reserved_claims_in_custom_claims"},
			{"authenticate", members{"session_token": token, "session_custom_claims": members{"big": strings.Repeat("x", 4<<10)}}, 400, "custom_claims_too_large"},
			{"authenticate", members{"session_token": token, "authorization_check": members{"resource_id": "documents", "action": "read"}}, 400, "authorization_check_not_supported"},
			{"revoke", members{}, 400, "no_session_revoke_arguments"},
			{"revoke", members{"session_token": token, "session_id": "x"}, 400, "too_many_session_revoke_arguments"},
			{"revoke", members{"session_id": "x"}, 400, "invalid_session_id"},
		} {
			w.wantRefusal(w.sessions(tc.path, tc.body), tc.status, tc.kind)
		}
		for _, path := range []string{"authenticate", "revoke"} {
			got := w.post(optionalProject, "/v1/sessions/"+path, members{"session_token": token})
			w.wantRefusal(got, 404, "session_not_found")
		}
		w.wantOK(w.sessions("authenticate", members{
			"session_token": token, "session_jwt": nil, "session_duration_minutes": nil, "session_custom_claims": nil, "authorization_check": nil,
		}))
	})
}

func TestTheKeySetOfAStranger(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.wantRefusal(w.request(http.MethodGet, "/v1/sessions/jwks/project-test-nobody"), 404, "project_not_found")
	})
}

// They need products that are not here.
func TestSessionCallsThatAreNotHere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, path := range []string{"migrate", "exchange_access_token", "attest", "exchange"} {
			w.wantRefusal(w.sessions(path, members{}), 404, "route_not_found")
		}
	})
}
