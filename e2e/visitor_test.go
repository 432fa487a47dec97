package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"testing"
)

// testToken is the public token of a test's first project.
const testToken = "public-token-test-one"

// visitor is an app on somebody's own device: it knows a project's public token.
type visitor struct {
	url, publicToken string
	local            net.IP // where it calls from; nil for anywhere
}

// post calls the browser door, whose successes are wrapped.
func (v visitor) post(path string, content body) (answer, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequest(http.MethodPost, v.url+"/sdk/v1"+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	req.SetBasicAuth(v.publicToken, v.publicToken)
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: patience, Transport: callingFrom(v.local)}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	var wrapped struct {
		answer
		Data *answer `json:"data"`
	}
	err = json.NewDecoder(res.Body).Decode(&wrapped)
	if wrapped.Data != nil {
		return *wrapped.Data, err
	}
	return wrapped.answer, err
}

// callingFrom takes a connection of its own from one of the machine's addresses.
func callingFrom(local net.IP) *http.Transport {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: local}}
	return &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
}

// start asks for a link, which must be granted.
func (v visitor) start(t *testing.T, email string, p pair) {
	t.Helper()
	v.expectOK(t, "/magic_links/email/login_or_create", body{"email": email, "code_challenge": p.challenge})
}

// redeem spends a link, which must succeed, for a session of an hour.
func (v visitor) redeem(t *testing.T, token string, p pair) {
	t.Helper()
	a := v.expectOK(t, "/magic_links/authenticate", body{"token": token, "code_verifier": p.verifier, "session_duration_minutes": 60})
	if a.SessionToken == "" || a.SessionJWT == "" {
		t.Fatal("got no session, want one")
	}
}

func (v visitor) expectOK(t *testing.T, path string, content body) answer {
	t.Helper()
	a, err := v.post(path, content)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusOK {
		t.Fatalf("%s: got %d %q, want 200", path, a.Status, a.ErrorType)
	}
	return a
}
