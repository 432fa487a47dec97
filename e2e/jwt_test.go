package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// checkJWT does what any service does that is handed a session JWT: it trusts the
// key set and nothing else.
func checkJWT(t *testing.T, token string, keySet []byte, issuer, project string) {
	t.Helper()
	keys := parseKeySet(t, keySet)
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		jwt.Claims
		Session struct {
			ID string `json:"id"`
		} `json:"session"`
	}
	if err := parsed.Claims(&keys, &claims); err != nil {
		t.Fatalf("the JWT does not verify against the key set: %v", err)
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{project}, Time: time.Now()}
	if err := claims.Validate(expected); err != nil {
		t.Errorf("JWT: %v (got iss %q, aud %v)", err, claims.Issuer, claims.Audience)
	}
	if claims.Subject == "" || claims.Session.ID == "" {
		t.Errorf("JWT: got sub %q and session %q, want both", claims.Subject, claims.Session.ID)
	}
}

func parseKeySet(t *testing.T, keySet []byte) (keys jose.JSONWebKeySet) {
	t.Helper()
	if err := json.Unmarshal(keySet, &keys); err != nil || len(keys.Keys) == 0 {
		t.Fatalf("key set: got %d keys (%v), want one or more", len(keys.Keys), err)
	}
	return keys
}

func keyIDs(t *testing.T, keySet []byte) (ids []string) {
	t.Helper()
	for _, key := range parseKeySet(t, keySet).Keys {
		ids = append(ids, key.KeyID)
	}
	return ids
}
