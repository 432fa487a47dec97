package session

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func TestASignedJWTNamesItsSession(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		signer := load(t, loader(st, ring(t, 7)), everybody(DefaultAlgorithm))
		for _, projectID := range []string{project, another, live} {
			token, session := sign(t, signer, projectID)
			if id, err := signer.Verify(projectID, token, epoch); err != nil || id != session.ID {
				t.Errorf("%s: got %v, %v, want %v", projectID, id, err, session.ID)
			}
			claims := read(t, token)
			for name, want := range map[string]any{
				"iss": issuer, "sub": models.PublicID("user", projectID, session.UserID),
				"iat": epoch.Unix(), "nbf": epoch.Unix(), "exp": epoch.Add(5 * time.Minute).Unix(),
			} {
				if got, _ := json.Marshal(want); !bytes.Equal(claims[name], got) {
					t.Errorf("%s: %s: got %s, want %s", projectID, name, claims[name], got)
				}
			}
			var details Details
			fatal(t, json.Unmarshal(claims["session"], &details))
			if want := models.PublicID("session", projectID, session.ID); details.ID != want {
				t.Errorf("%s: got session %s, want %s", projectID, details.ID, want)
			}
			if vendors, has := claims["https://stytch.com/session"]; has != (projectID == another) || has && !bytes.Equal(vendors, claims["session"]) {
				t.Errorf("%s: the vendor's claim: got %s, want the session's only where it is asked for", projectID, vendors)
			}
		}
	})
}

// read returns the claims of a JWT.
func read(t testing.TB, token string) (claims map[string]json.RawMessage) {
	t.Helper()
	fatal(t, json.Unmarshal(payload(t, token), &claims))
	return claims
}

func payload(t testing.TB, token string) []byte {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	fatal(t, err)
	return payload
}

// They are taken out before they are written; a row may come from elsewhere.
func TestCustomClaimsNeverReplaceOurOwn(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		signer := load(t, loader(st, ring(t, 7)), one(DefaultAlgorithm))
		session, emails := sample(project)
		honest, err := signer.Sign(session, emails, epoch)
		fatal(t, err)
		session.CustomClaims = models.Object{"role": "admin"}
		for name := range read(t, honest) {
			session.CustomClaims[name] = "mine"
		}
		token, err := signer.Sign(session, emails, epoch)
		fatal(t, err)
		claims := read(t, token)
		for name, want := range read(t, honest) {
			if got := claims[name]; !bytes.Equal(got, want) {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
		if got := string(claims["role"]); got != `"admin"` {
			t.Errorf("role: got %s, want \"admin\"", got)
		}
	})
}

func TestAJWTDoesNotOutliveItsSession(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		signer := load(t, loader(st, ring(t, 7)), one(DefaultAlgorithm))
		session, emails := sample(project)
		session.ExpiresAt = models.At(epoch.Add(time.Minute))
		token, err := signer.Sign(session, emails, epoch)
		fatal(t, err)
		if got, want := string(read(t, token)["exp"]), strconv.FormatInt(epoch.Add(time.Minute).Unix(), 10); got != want {
			t.Errorf("got exp %s, want %s", got, want)
		}
	})
}
