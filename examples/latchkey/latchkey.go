// Package latchkey is all that a Go back end needs to log people in with Latchkey: make a
// pair, start, redeem. It stands on the standard library alone and is there to be copied;
// the examples beside it use it as it is.
package latchkey

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// Client calls the API as a project, whose secret stays on the server.
type Client struct {
	URL       string // as in https://login.example.com
	ProjectID string
	Secret    string
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

// Redeemed is the answer to a redemption, and to the question whether a session lives.
type Redeemed struct {
	SessionToken string `json:"session_token"`
	User         struct {
		ID         string `json:"user_id"`
		ExternalID string `json:"external_id"`
		Emails     []struct {
			Email string `json:"email"`
		} `json:"emails"`
	} `json:"user"`
}

// Post calls a path below /v1 and decodes what it answers, or returns a *Refusal.
func (c Client) Post(ctx context.Context, path string, body map[string]any, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/v1/"+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	req.SetBasicAuth(c.ProjectID, c.Secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
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
