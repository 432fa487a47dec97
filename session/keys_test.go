package session

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// eachStore runs the test on both databases, before any key is made.
func eachStore(t *testing.T, test func(t *testing.T, st *store.Store)) {
	storetest.EachAt(t, func() time.Time { return epoch }, test)
}

func one(algorithm string) map[string]ProjectConfig {
	return map[string]ProjectConfig{project: {Algorithm: algorithm}}
}

// sample is a session of an hour that no database knows.
func sample(projectID string) (models.Session, []models.Email) {
	now := models.At(epoch)
	email := models.Email{ID: models.NewID(epoch), ProjectID: projectID, UserID: models.NewID(epoch), Address: "ada@example.com"}
	return models.Session{
		ID: models.NewID(epoch), ProjectID: projectID, UserID: email.UserID, FactorID: email.ID, Method: models.MethodLink,
		AuthenticatedAt: now, StartedAt: now, LastAccessedAt: now, ExpiresAt: now.Add(time.Hour),
	}, []models.Email{email}
}

func sign(t testing.TB, signer *Signer, projectID string) (token string, session models.Session) {
	t.Helper()
	session, emails := sample(projectID)
	token, err := signer.Sign(session, emails, epoch)
	fatal(t, err)
	return token, session
}

func keySet(t testing.TB, signer *Signer, projectID string) jose.JSONWebKeySet {
	t.Helper()
	set, ok := signer.KeySet(projectID, epoch)
	if !ok {
		t.Fatalf("no key set for %s", projectID)
	}
	return set
}

// TestAnybodyCanVerifyByTheKeySet verifies as a back end does: by the JSON of the key
// set alone.
func TestAnybodyCanVerifyByTheKeySet(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		for algorithm, kty := range map[jose.SignatureAlgorithm]string{jose.ES256: "EC", jose.RS256: "RSA", jose.EdDSA: "OKP"} {
			projectID := "project-test-" + string(algorithm)
			signer := load(t, loader(st, ring(t, 7)), map[string]ProjectConfig{projectID: {Algorithm: string(algorithm)}})
			token, session := sign(t, signer, projectID)
			published, err := json.Marshal(keySet(t, signer, projectID))
			fatal(t, err)
			for _, secret := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"k"`} {
				if bytes.Contains(published, []byte(secret)) {
					t.Errorf("%s: the key set holds %s: %s", algorithm, secret, published)
				}
			}
			var set jose.JSONWebKeySet
			fatal(t, json.Unmarshal(published, &set))
			parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{algorithm})
			fatal(t, err)
			keys := set.Key(parsed.Headers[0].KeyID)
			if len(keys) != 1 || keys[0].Algorithm != string(algorithm) || keys[0].Use != "sig" || !bytes.Contains(published, []byte(`"kty":"`+kty+`"`)) {
				t.Fatalf("%s: got %s, want one key of the token's kid and of kty %s", algorithm, published, kty)
			}
			var claims jwt.Claims
			fatal(t, parsed.Claims(keys[0], &claims))
			if want := models.PublicID("user", projectID, session.UserID); claims.Subject != want {
				t.Errorf("%s: got subject %s, want %s", algorithm, claims.Subject, want)
			}
			if typ := parsed.Headers[0].ExtraHeaders["typ"]; typ != "JWT" {
				t.Errorf("%s: got typ %v, want JWT", algorithm, typ)
			}
		}
	})
}

func TestKeysLieEncryptedInTheDatabase(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		for _, algorithm := range algorithms {
			projectID := "project-test-" + string(algorithm)
			keys := ring(t, 7)
			load(t, loader(st, keys), map[string]ProjectConfig{projectID: {Algorithm: string(algorithm)}})
			rows, err := st.Read(ctx).SigningKeys(projectID)
			fatal(t, err)
			if len(rows) != 1 {
				t.Fatalf("%s: got %d keys, want 1", algorithm, len(rows))
			}
			row := rows[0]
			if key, err := x509.ParsePKCS8PrivateKey(row.Private); err == nil {
				t.Errorf("%s: the row holds a plain %T", algorithm, key)
			}
			plain, err := keys.Unwrap(row.KeyID, label(row), row.Private)
			fatal(t, err)
			for i := 0; i+16 <= len(plain); i++ {
				if bytes.Contains(row.Private, plain[i:i+16]) {
					t.Fatalf("%s: the row holds 16 bytes of the plain key", algorithm)
				}
			}
			parsed, err := x509.ParsePKCS8PrivateKey(plain)
			fatal(t, err)
			if _, ok := parsed.(crypto.Signer); !ok {
				t.Errorf("%s: got a %T, want a signing key", algorithm, parsed)
			}
		}
	})
}

func TestAnotherMasterKeyOpensNoSigningKey(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		load(t, loader(st, ring(t, 7)), one(DefaultAlgorithm))
		if _, err := loader(st, ring(t, 8)).Load(ctx, one(DefaultAlgorithm)); !errors.Is(err, sealed.ErrUnwrap) {
			t.Errorf("got %v, want %v", err, sealed.ErrUnwrap)
		}
		rows, err := st.Read(ctx).SigningKeys(project)
		if err != nil || len(rows) != 1 {
			t.Errorf("got %d keys, %v, want the first one only", len(rows), err)
		}
	})
}

func TestASigningKeyIsTiedToItsRow(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		keys := ring(t, 7)
		load(t, loader(st, keys), everybody(DefaultAlgorithm))
		rows, err := st.Read(ctx).SigningKeys(project)
		fatal(t, err)
		for name, change := range map[string]func(*models.SigningKey){
			"another project": func(r *models.SigningKey) { r.ProjectID = another },
			"another row":     func(r *models.SigningKey) { r.ID = models.NewID(epoch) },
		} {
			row := rows[0]
			change(&row)
			if _, err := openKey(keys, row); !errors.Is(err, sealed.ErrUnwrap) {
				t.Errorf("%s: got %v, want %v", name, err, sealed.ErrUnwrap)
			}
		}
	})
}

func TestReplicasThatStartTogetherAgreeOnOneKey(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		signers := make([]*Signer, 4)
		errs := make([]error, len(signers))
		var all sync.WaitGroup
		for i := range signers {
			all.Go(func() { signers[i], errs[i] = loader(st, ring(t, 7)).Load(ctx, one(DefaultAlgorithm)) })
		}
		all.Wait()
		fatal(t, errors.Join(errs...))
		for _, signer := range signers {
			token, session := sign(t, signer, project)
			for _, other := range signers {
				if id, err := other.Verify(project, token, epoch); err != nil || id != session.ID {
					t.Errorf("got %v, %v, want %v", id, err, session.ID)
				}
			}
			if got, want := len(keySet(t, signer, project).Keys), 1; got != want {
				t.Errorf("got %d keys, want %d", got, want)
			}
		}
	})
}

// Rows may be gone, so they are not counted.
func TestAKeyIsNewerThanWhatIsLeft(t *testing.T) {
	for want, left := range map[int][]models.SigningKey{1: nil, 2: {{Generation: 1}}, 8: {{Generation: 7}, {Generation: 3}}} {
		if got := nextGeneration(left); got != want {
			t.Errorf("after %+v: got %d, want %d", left, got, want)
		}
	}
}

func TestAlgorithmsThatNobodyMayChoose(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		for _, algorithm := range []string{"", "none", "HS256", "es256", "RS512"} {
			_, err := loader(st, ring(t, 7)).Load(ctx, one(algorithm))
			if err == nil || !strings.Contains(err.Error(), project) {
				t.Errorf("%q: got %v, want an error that names the project", algorithm, err)
			}
		}
	})
}

func TestAProjectThatIsNotHereHasNoKeySet(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		signer := load(t, loader(st, ring(t, 7)), one(DefaultAlgorithm))
		if set, ok := signer.KeySet(another, epoch); ok || len(set.Keys) != 0 {
			t.Errorf("got %+v, %v, want none", set, ok)
		}
		session, emails := sample(another)
		if token, err := signer.Sign(session, emails, epoch); err == nil {
			t.Errorf("signed for it: %s", token)
		}
	})
}
