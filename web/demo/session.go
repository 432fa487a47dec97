package demo

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// sessionCookie holds the session's token, which is no script's business. Lax,
// because the person comes here from a link in a mail.
const sessionCookie = "latchkey_demo_session"

func keepSession(w http.ResponseWriter, r *http.Request, in authenticated) {
	cookie := cookieFor(r)
	cookie.Value, cookie.Expires = in.SessionToken, in.Session.ExpiresAt
	http.SetCookie(w, cookie)
}

func dropSession(w http.ResponseWriter, r *http.Request) {
	cookie := cookieFor(r)
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}

func cookieFor(r *http.Request) *http.Cookie {
	return &http.Cookie{
		Name:     sessionCookie,
		Path:     "/demo/",
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		// Browsers disagree on Secure cookies over plain http on loopback.
		Secure: r.TLS != nil,
	}
}

// sessionView is what the page shows of a session.
type sessionView struct {
	SignedIn  bool       `json:"signed_in"`
	RequestID string     `json:"request_id,omitempty"`
	Email     string     `json:"email,omitempty"`
	UserID    string     `json:"user_id,omitempty"`
	SessionID string     `json:"session_id,omitempty"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	JWT       *jwtView   `json:"jwt,omitempty"`
}

// jwtView leaves the signature out: whole, the JWT is a bearer's credential.
type jwtView struct {
	Header json.RawMessage `json:"header"`
	Claims json.RawMessage `json:"claims"`
}

func viewOf(in authenticated) sessionView {
	view := sessionView{
		SignedIn:  true,
		RequestID: in.RequestID,
		UserID:    in.User.UserID,
		SessionID: in.Session.SessionID,
		StartedAt: &in.Session.StartedAt,
		ExpiresAt: &in.Session.ExpiresAt,
		JWT:       viewOfJWT(in.SessionJWT),
	}
	for _, factor := range in.Session.Factors {
		view.Email = factor.EmailFactor.Address
	}
	return view
}

// viewOfJWT decodes for display. It checks no signature: this JWT came straight
// from Latchkey and decides nothing. Who is handed one by a browser must check.
func viewOfJWT(jwt string) *jwtView {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil
	}
	header, headerErr := base64.RawURLEncoding.DecodeString(parts[0])
	claims, claimsErr := base64.RawURLEncoding.DecodeString(parts[1])
	if headerErr != nil || claimsErr != nil || !json.Valid(header) || !json.Valid(claims) {
		return nil
	}
	return &jwtView{header, claims}
}

// session asks Latchkey each time, so a session revoked elsewhere ends here too.
func (a *App) session(w http.ResponseWriter, r *http.Request) error {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		writeJSON(w, http.StatusOK, sessionView{})
		return nil
	}
	var in authenticated
	err = a.call(r.Context(), a.client(), "/v1/sessions/authenticate", sessionCall{cookie.Value}, &in)
	if isOver(err) {
		dropSession(w, r)
		writeJSON(w, http.StatusOK, sessionView{})
		return nil
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, viewOf(in))
	return nil
}

// signOut ends the session at Latchkey first. While that fails the cookie
// stays: dropped, it would leave a session nobody can end.
func (a *App) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := decode(w, r, &struct{}{}); err != nil {
		return err
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		var revoked struct{}
		err := a.call(r.Context(), a.client(), "/v1/sessions/revoke", sessionCall{cookie.Value}, &revoked)
		if err != nil && !isOver(err) {
			return err
		}
	}
	dropSession(w, r)
	writeJSON(w, http.StatusOK, sessionView{})
	return nil
}

// isOver says whether Latchkey knows no such session, or no longer.
func isOver(err error) bool {
	var refused *refusal
	return errors.As(err, &refused) &&
		(refused.Type == "session_not_found" || refused.Type == "invalid_session_token")
}
