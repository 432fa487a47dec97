package demo

import (
	"net/http"
	"time"
)

type startRequest struct {
	Email         string `json:"email"`
	CodeChallenge string `json:"code_challenge"`
}

type startResponse struct {
	RequestID   string    `json:"request_id"`
	UserCreated bool      `json:"user_created"`
	StartedAt   time.Time `json:"started_at"`
}

// start asks Latchkey to mail a link. The page sends the challenge only; the
// redirect URL is the back end's to choose.
func (a *App) start(w http.ResponseWriter, r *http.Request) error {
	var req startRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	// Before the call, so that the mail can't be older than this.
	startedAt := time.Now()
	var link started
	err := a.call(r.Context(), a.client(), "/v1/magic_links/email/login_or_create", startCall{
		Email:         req.Email,
		CodeChallenge: req.CodeChallenge,
		RedirectURL:   a.origin(r) + "/demo/callback",
		Attributes:    clientAttributes(r),
	}, &link)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, startResponse{link.RequestID, link.UserCreated, startedAt})
	return nil
}
