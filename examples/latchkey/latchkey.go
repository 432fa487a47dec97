// Package latchkey is all that a Go back end needs to log people in with Latchkey: make a
// pair, start, redeem (latchkey.go), and headers and cookies (site.go). It stands on the standard library alone and is there to be copied;
// the examples beside it use it as it is.
package latchkey

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"
)

// HTTP waits for an answer, but not for ever, as http.DefaultClient does.
var HTTP = &http.Client{Timeout: 15 * time.Second}

// Client calls the API as a project, whose secret stays on the server.
type Client struct {
	URL       string // as in https://login.example.com
	ProjectID string
	Secret    string
}

// FromEnvironment is the project that the environment names, or else that of latchkey dev.
func FromEnvironment() Client {
	return Client{
		URL:       cmp.Or(os.Getenv("LATCHKEY_URL"), "http://127.0.0.1:8080"),
		ProjectID: cmp.Or(os.Getenv("LATCHKEY_PROJECT"), "project-test-00000000-0000-4000-8000-000000000000"),
		Secret:    cmp.Or(os.Getenv("LATCHKEY_SECRET"), "secret-test-development-only"),
	}
}

// Pair is what one login is bound to (RFC 7636). The verifier stays where the login began;
// only the challenge is sent.
type Pair struct{ Verifier, Challenge string }

// NewPair makes a pair of 256 random bits.
func NewPair() Pair {
	random := make([]byte, 32)
	rand.Read(random) // never fails: see its documentation
	verifier := base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(verifier))
	return Pair{Verifier: verifier, Challenge: base64.RawURLEncoding.EncodeToString(sum[:])}
}

// Flow names the pair in the opened link's query, and hides the verifier.
func (p Pair) Flow() string { return p.Challenge[:16] }

// Refusal is an answer that is not 200. Its message is for people; Type is for programs.
type Refusal struct {
	Status  int    `json:"status_code"`
	Type    string `json:"error_type"`
	Message string `json:"error_message"`
}

func (r *Refusal) Error() string { return r.Message }

// Is says whether the error is a refusal of one of the types.
func Is(err error, types ...string) bool {
	refusal := new(Refusal)
	return errors.As(err, &refusal) && slices.Contains(types, refusal.Type)
}

// Redeemed is the answer to a redemption, and to the question whether a session lives.
type Redeemed struct {
	SessionToken string `json:"session_token"`
	User         User   `json:"user"`
}

// User is a person. ExternalID is the app's own name for them, where it has told one.
type User struct {
	ID         string `json:"user_id"`
	ExternalID string `json:"external_id"`
	Emails     []struct {
		Email string `json:"email"`
	} `json:"emails"`
}

// Email is the person's first address, or "" of somebody whose last one was removed.
func (u User) Email() string {
	if len(u.Emails) == 0 {
		return ""
	}
	return u.Emails[0].Email
}

// Post calls a path below /v1 and decodes what it answers, or returns a *Refusal.
func (c Client) Post(ctx context.Context, path string, body map[string]any, answer any) error {
	return c.call(ctx, http.MethodPost, path, body, answer)
}

// Put is Post for what changes something that is there.
func (c Client) Put(ctx context.Context, path string, body map[string]any, answer any) error {
	return c.call(ctx, http.MethodPut, path, body, answer)
}

func (c Client) call(ctx context.Context, method, path string, body map[string]any, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+"/v1/"+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	req.SetBasicAuth(c.ProjectID, c.Secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := HTTP.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return json.NewDecoder(res.Body).Decode(answer)
	}
	return ReadRefusal(res)
}

// ReadRefusal reads an answer that is not 200.
func ReadRefusal(res *http.Response) error {
	refusal := &Refusal{Status: res.StatusCode}
	if err := json.NewDecoder(res.Body).Decode(refusal); err != nil {
		return fmt.Errorf("%s answers %s, and not as Latchkey does", res.Request.URL.Host, res.Status)
	}
	return refusal
}
