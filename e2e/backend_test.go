package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// backEnd is that of an app: it knows a project's secret.
type backEnd struct {
	url, project, secret string
	transport            http.RoundTripper // nil: http.DefaultTransport
}

// body is a request's JSON.
type body map[string]any

// answer is what the API says, as far as these tests look.
type answer struct {
	Status       int    `json:"status_code"`
	ErrorType    string `json:"error_type"`
	RetryAfter   string `json:"-"` // the header
	SessionToken string `json:"session_token"`
	SessionJWT   string `json:"session_jwt"`
	Session      struct {
		ID string `json:"session_id"`
	} `json:"session"`
}

// pair is RFC 7636's. It is made here and not by the product's own code, which a test
// of the product cannot lean on.
type pair struct{ verifier, challenge string }

func newPair() pair {
	verifier := rand.Text() + rand.Text() // 52 characters
	sum := sha256.Sum256([]byte(verifier))
	return pair{verifier, base64.RawURLEncoding.EncodeToString(sum[:])}
}

func (b backEnd) post(path string, content body) (a answer, err error) {
	text, err := json.Marshal(content)
	if err != nil {
		return a, err
	}
	req, err := http.NewRequest(http.MethodPost, b.url+path, bytes.NewReader(text))
	if err != nil {
		return a, err
	}
	req.SetBasicAuth(b.project, b.secret)
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: patience, Transport: b.transport}
	res, err := client.Do(req)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	err = json.NewDecoder(res.Body).Decode(&a)
	a.RetryAfter = res.Header.Get("Retry-After")
	return a, err
}

// anotherCode is a wrong one, instead of the eight digits of a mail.
func anotherCode(code string) string {
	return code[:len(code)-1] + string('0'+(code[len(code)-1]-'0'+1)%10)
}

const startPath = "/v1/magic_links/email/login_or_create"

// start asks for a link, which must be granted.
func (b backEnd) start(t *testing.T, email string, p pair) {
	t.Helper()
	b.expect(t, startPath, body{"email": email, "code_challenge": p.challenge}, "")
}

// redeem spends a link, which must succeed, for a session of an hour.
func (b backEnd) redeem(t *testing.T, token, verifier string) answer {
	t.Helper()
	a := b.expect(t, "/v1/magic_links/authenticate", body{
		"token": token, "code_verifier": verifier, "session_duration_minutes": 60,
	}, "")
	if a.SessionToken == "" || a.SessionJWT == "" {
		t.Fatal("got no session, want one")
	}
	return a
}

// expect posts and checks the answer's error_type: "" is success.
func (b backEnd) expect(t *testing.T, path string, content body, errorType string) answer {
	t.Helper()
	a, err := b.post(path, content)
	if err != nil {
		t.Fatal(err)
	}
	if a.ErrorType != errorType || (a.Status == http.StatusOK) != (errorType == "") {
		t.Fatalf("%s: got %d %q, want %q", path, a.Status, a.ErrorType, errorType)
	}
	return a
}

// get is for what needs no secret.
func get(t *testing.T, url string) (status int, content []byte) {
	t.Helper()
	client := http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if content, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, content
}

func (b backEnd) jwks(t *testing.T) []byte {
	t.Helper()
	status, keys := get(t, fmt.Sprintf("%s/v1/sessions/jwks/%s", b.url, b.project))
	if status != http.StatusOK {
		t.Fatalf("key set: got %d, want 200", status)
	}
	return keys
}
