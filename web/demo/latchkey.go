package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// What the demo sends to Latchkey's API, and reads of its answers.

type attributes struct {
	IPAddress string `json:"ip_address,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}

type startCall struct {
	Email         string     `json:"email"`
	CodeChallenge string     `json:"code_challenge"`
	RedirectURL   string     `json:"redirect_url"`
	Attributes    attributes `json:"attributes"`
}

type started struct {
	RequestID   string `json:"request_id"`
	UserCreated bool   `json:"user_created"`
}

type redeemLinkCall struct {
	Token                  string     `json:"token"`
	CodeVerifier           string     `json:"code_verifier,omitempty"`
	SessionDurationMinutes int        `json:"session_duration_minutes"`
	Attributes             attributes `json:"attributes"`
}

type redeemCodeCall struct {
	Email                  string `json:"email"`
	Code                   string `json:"code"`
	CodeVerifier           string `json:"code_verifier,omitempty"`
	SessionDurationMinutes int    `json:"session_duration_minutes"`
}

type sessionCall struct {
	SessionToken string `json:"session_token"`
}

type authenticated struct {
	RequestID    string `json:"request_id"`
	SessionToken string `json:"session_token"`
	SessionJWT   string `json:"session_jwt"`
	Session      struct {
		SessionID string    `json:"session_id"`
		StartedAt time.Time `json:"started_at"`
		ExpiresAt time.Time `json:"expires_at"`
		Factors   []struct {
			EmailFactor struct {
				Address string `json:"email_address"`
			} `json:"email_factor"`
		} `json:"authentication_factors"`
	} `json:"session"`
	User struct {
		UserID string `json:"user_id"`
	} `json:"user"`
}

// An answer of ours is a few kilobytes; more is not from Latchkey.
const maxAnswer = 1 << 20

// call posts to Latchkey with the project's secret. A refusal comes back as a
// *refusal, word for word.
func (a *App) call(ctx context.Context, client *http.Client, path string, body, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.API+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	req.SetBasicAuth(a.ProjectID, a.Secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return readAnswer(res, answer)
}

func readAnswer(res *http.Response, answer any) error {
	body := json.NewDecoder(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode == http.StatusOK {
		return body.Decode(answer)
	}
	var refused refusal
	if err := body.Decode(&refused); err != nil {
		return err
	}
	if refused.Type == "" {
		return errUnreachable
	}
	refused.StatusCode = res.StatusCode
	return &refused
}
