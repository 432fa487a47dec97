package handlers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func TestCustomClaimsAreInTheSessionAndInItsJWTs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, ada)
		w.begin(f)
		redeemed := w.post(f.project, redeemPath, with(f.redemption(), "session_custom_claims", members{"role": "admin", "seats": 3, "sub": "mine"}))
		w.wantOK(redeemed)
		w.wantClaims(redeemed, `{"role":"admin","seats":3}`)
		token := members{"session_token": redeemed.text("session_token")}
		changed := w.sessions("authenticate", with(token, "session_custom_claims", members{"role": nil, "team": members{"id": 1}}))
		w.wantOK(changed)
		w.wantClaims(changed, `{"seats":3,"team":{"id":1}}`)
		w.wantClaims(w.sessions("authenticate", token), `{"seats":3,"team":{"id":1}}`)
	})
}

// wantClaims checks the custom claims of an answer's session and of its JWT.
func (w *world) wantClaims(got answer, want string) {
	w.t.Helper()
	w.wantJSON("session.custom_claims", got.field("session.custom_claims"), want)
	claims := w.verified(got.text("session_jwt"))
	for _, own := range []string{"iss", "sub", "aud", "exp", "nbf", "iat", "session", "https://stytch.com/session"} {
		if claims[own] == "mine" {
			w.t.Errorf("the app set the claim %s", own)
		}
		delete(claims, own)
	}
	w.wantJSON("the JWT's claims", claims, want)
}

func (w *world) wantJSON(name string, got any, want string) {
	w.t.Helper()
	if encoded, err := json.Marshal(got); err != nil || string(encoded) != want {
		w.t.Errorf("%s: got %s (%v), want %s", name, encoded, err, want)
	}
}

// verified is the payload of a JWT that the key set verifies.
func (w *world) verified(token string) (claims members) {
	w.t.Helper()
	var set jose.JSONWebKeySet
	fatal(w.t, json.Unmarshal([]byte(w.request(http.MethodGet, "/v1/sessions/jwks/"+requiredProject).body), &set))
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	fatal(w.t, err)
	fatal(w.t, parsed.Claims(set, &claims))
	return claims
}

// A bad claim must not cost the link.
func TestARefusedClaimLeavesTheLink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, ada)
		w.begin(f)
		for kind, claims := range map[string]members{
			"reserved_claims_in_custom_claims": {"session": "mine"},
			"custom_claims_too_large":          {"big": strings.Repeat("x", 4<<10)},
		} {
			w.wantRefusal(w.post(f.project, redeemPath, with(f.redemption(), "session_custom_claims", claims)), 400, kind)
		}
		w.wantOK(w.redeem(f))
	})
}
