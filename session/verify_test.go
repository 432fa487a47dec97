package session

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/models"
	"latchkey/store"
)

// bench is a signer whose key the tests know, so that they can sign anything.
type bench struct {
	signer  *Signer
	private ed25519.PrivateKey
	id      models.ID
}

const kid = "jwk-test-1"

func newBench() bench {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	public := func(key ed25519.PrivateKey, kid string) *projectSigner {
		return &projectSigner{keys: []signingKey{{public: jose.JSONWebKey{
			Key: key.Public(), KeyID: kid, Algorithm: string(jose.EdDSA), Use: "sig",
		}}}}
	}
	signer := &Signer{loader: &Loader{Issuer: issuer}}
	signer.projects.Store(&map[string]*projectSigner{project: public(private, kid), another: public(other, "jwk-test-2")})
	return bench{private: private, id: models.ID{6: 0x70, 8: 0x80, 15: 1}, signer: signer}
}

func (b bench) header() map[string]any {
	return map[string]any{"alg": "EdDSA", "kid": kid, "typ": "JWT"}
}

func (b bench) claims() map[string]any {
	return map[string]any{
		"iss": issuer, "aud": []string{project}, "sub": "user-test-1",
		"iat": epoch.Unix(), "nbf": epoch.Unix(), "exp": epoch.Add(jwtLife).Unix(),
		"session": map[string]any{"id": models.PublicID("session", project, b.id)},
	}
}

// sign makes a JWT of the two, each a map or the text of one.
func (b bench) sign(header, claims any) string {
	input := segment(header) + "." + segment(claims)
	return input + "." + segment(string(ed25519.Sign(b.private, []byte(input))))
}

func segment(v any) string {
	text, isText := v.(string)
	if !isText {
		encoded, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		text = string(encoded)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// changed is the map with one entry set, or taken out where value is nil.
func changed(m map[string]any, name string, value any) map[string]any {
	m = maps.Clone(m)
	if m[name] = value; value == nil {
		delete(m, name)
	}
	return m
}

func TestJWTsThatAreTaken(t *testing.T) {
	b := newBench()
	for name, claims := range map[string]map[string]any{
		"as signed":              b.claims(),
		"expired":                changed(b.claims(), "exp", epoch.Add(-24*time.Hour).Unix()),
		"without an end":         changed(b.claims(), "exp", nil),
		"nbf within a minute":    changed(b.claims(), "nbf", epoch.Add(clockSkew).Unix()),
		"an audience as text":    changed(b.claims(), "aud", project),
		"one audience more":      changed(b.claims(), "aud", []string{"x", project}),
		"a claim nobody here is": changed(b.claims(), "admin", true),
	} {
		if id, err := b.signer.Verify(project, b.sign(b.header(), claims), epoch); err != nil || id != b.id {
			t.Errorf("%s: got %v, %v, want %v", name, id, err, b.id)
		}
	}
}

func TestJWTsThatAreRefused(t *testing.T) {
	b := newBench()
	genuine := b.sign(b.header(), b.claims())
	parts := strings.Split(genuine, ".")
	session := func(id string) map[string]any { return changed(b.claims(), "session", map[string]any{"id": id}) }
	claims := func(name string, value any) string { return b.sign(b.header(), changed(b.claims(), name, value)) }
	header := func(name string, value any) string { return b.sign(changed(b.header(), name, value), b.claims()) }

	stranger := newBench()
	stranger.private = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize))
	embedded := jose.JSONWebKey{Key: stranger.private.Public(), KeyID: kid, Algorithm: "EdDSA", Use: "sig"}
	neighbour := newBench()
	neighbour.private = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))

	for name, token := range map[string]string{
		"nothing":                    "",
		"a word":                     "token",
		"two dots":                   "..",
		"a line break behind it":     genuine + "\n",
		"a line break in it":         parts[0] + "." + parts[1] + "\r\n." + parts[2],
		"alg none":                   segment(changed(b.header(), "alg", "none")) + "." + parts[1] + ".",
		"alg none, with a signature": segment(changed(b.header(), "alg", "none")) + "." + parts[1] + "." + parts[2],
		"alg missing":                segment(changed(b.header(), "alg", nil)) + "." + parts[1] + "." + parts[2],
		"no signature":               parts[0] + "." + parts[1] + ".",
		"two parts":                  parts[0] + "." + parts[1],
		"four parts":                 genuine + "." + parts[2],
		"five parts, as encrypted":   genuine + ".x.y",
		"as JSON":                    `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		"HS256 by the public key":    b.signHS256([]byte(b.private.Public().(ed25519.PublicKey))),
		"HS256 by its JSON":          b.signHS256(must(json.Marshal(jose.JSONWebKey{Key: b.private.Public()}))),
		"another algorithm's name":   header("alg", "ES256"),
		"alg in lower case":          header("alg", "eddsa"),
		"kid missing":                header("kid", nil),
		"kid empty":                  header("kid", ""),
		"kid unknown":                header("kid", "jwk-test-9"),
		"kid a path":                 header("kid", "../../dev/null"),
		"kid of another project":     header("kid", "jwk-test-2"),
		"another project's token":    neighbour.sign(changed(b.header(), "kid", "jwk-test-2"), b.claims()),
		"another project's key":      neighbour.sign(b.header(), b.claims()),
		"a stranger's key":           stranger.sign(b.header(), b.claims()),
		"an embedded jwk":            stranger.sign(changed(b.header(), "jwk", embedded), b.claims()),
		"an embedded jwk, no kid":    stranger.sign(changed(changed(b.header(), "jwk", embedded), "kid", nil), b.claims()),
		"a jku":                      stranger.sign(changed(b.header(), "jku", "https://evil.example/jwks"), b.claims()),
		"an x5u":                     stranger.sign(changed(b.header(), "x5u", "https://evil.example/cert"), b.claims()),
		"a crit nobody knows":        header("crit", []string{"exp"}),
		"b64 false":                  b.sign(changed(changed(b.header(), "b64", false), "crit", []string{"b64"}), b.claims()),
		"a header twice":             b.sign(`{"alg":"EdDSA","kid":"x","kid":"`+kid+`"}`, b.claims()),
		"the issuer twice":           b.sign(b.header(), `{"iss":"x",`+strings.TrimPrefix(string(must(json.Marshal(b.claims()))), "{")),
		"another issuer":             claims("iss", "https://evil.example"),
		"the issuer and a slash":     claims("iss", issuer+"/"),
		"no issuer":                  claims("iss", nil),
		"another audience":           claims("aud", []string{another}),
		"no audience":                claims("aud", nil),
		"an empty audience":          claims("aud", []string{}),
		"a beginning to come":        claims("nbf", epoch.Add(clockSkew+time.Second).Unix()),
		"issued in time to come":     claims("iat", epoch.Add(clockSkew+time.Second).Unix()),
		"a beginning that is text":   claims("nbf", "soon"),
		"no session":                 claims("session", nil),
		"a session that is text":     claims("session", "x"),
		"a session without id":       claims("session", map[string]any{}),
		"the vendor's claim alone":   b.sign(b.header(), changed(changed(b.claims(), "session", nil), "https://stytch.com/session", b.claims()["session"])),
		"a live session's id":        b.sign(b.header(), session(models.PublicID("session", live, b.id))),
		"a user's id":                b.sign(b.header(), session(models.PublicID("user", project, b.id))),
		"claims that are a list":     b.sign(b.header(), "[]"),
		"claims that are no JSON":    b.sign(b.header(), "{"),
		"claims with more behind":    b.sign(b.header(), string(must(json.Marshal(b.claims())))+"{}"),
		"a changed claim":            parts[0] + "." + segment(changed(b.claims(), "sub", "user-test-2")) + "." + parts[2],
		"a changed signature":        parts[0] + "." + parts[1] + "." + segment(strings.Repeat("x", 64)),
		"padding":                    parts[0] + "." + parts[1] + "." + parts[2] + "==",
	} {
		if id, err := b.signer.Verify(project, token, epoch); err == nil {
			t.Errorf("%s: taken as session %v", name, id)
		}
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

func (b bench) signHS256(secret []byte) string {
	input := segment(changed(b.header(), "alg", "HS256")) + "." + segment(b.claims())
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + segment(string(mac.Sum(nil)))
}

// The algorithm is the key's and not the token's, even where the key could do both.
func TestAKeyIsForItsAlgorithmOnly(t *testing.T) {
	b := newBench()
	(*b.signer.projects.Load())[project].keys[0].public.Algorithm = string(jose.ES256)
	if id, err := b.signer.Verify(project, b.sign(b.header(), b.claims()), epoch); err == nil {
		t.Errorf("an EdDSA token by a key for ES256: taken as session %v", id)
	}
}

// An RSA key could verify these too.
func TestAnRSAKeyIsForRS256Only(t *testing.T) {
	eachStore(t, func(t *testing.T, st *store.Store) {
		keys := ring(t, 7)
		l := loader(st, keys)
		signer := load(t, l, one(string(jose.RS256)))
		rows, err := st.Read(ctx).SigningKeys(project)
		fatal(t, err)
		genuine, _ := sign(t, signer, project)
		var claims map[string]any
		fatal(t, json.Unmarshal(payload(t, genuine), &claims))
		for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256} {
			row := rows[0]
			row.Algorithm = string(algorithm)
			forger, err := openKey(keys, row)
			fatal(t, err)
			token, err := jwt.Signed(forger.signer).Claims(claims).Serialize()
			fatal(t, err)
			if _, err := signer.Verify(project, token, epoch); (err == nil) != (algorithm == jose.RS256) {
				t.Errorf("%s: got %v", algorithm, err)
			}
		}
	})
}

// FuzzJWT: only one token was ever signed with this key. Whatever is taken says what
// it says, and names its session.
func FuzzJWT(f *testing.F) {
	b := newBench()
	genuine := b.sign(b.header(), b.claims())
	f.Add(genuine)
	signed := genuine[:strings.LastIndexByte(genuine, '.')]
	f.Fuzz(func(t *testing.T, token string) {
		id, err := b.signer.Verify(project, token, epoch)
		if err != nil {
			return
		}
		if id != b.id || !strings.HasPrefix(token, signed+".") {
			t.Errorf("%q: taken as session %v", token, id)
		}
	})
}
