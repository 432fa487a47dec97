package wire

import "latchkey/session"

// Authenticated is the answer to who showed a living session.
type Authenticated struct {
	Reply
	Session      *Session `json:"session"`
	SessionToken string   `json:"session_token"`
	SessionJWT   string   `json:"session_jwt"`
	User         User     `json:"user"`
}

// NewAuthenticated describes the session and whose it is.
func NewAuthenticated(reply Reply, authenticated *session.Authenticated) Authenticated {
	return Authenticated{
		Reply: reply, Session: NewSession(authenticated.Session, authenticated.Emails),
		SessionToken: authenticated.Token, SessionJWT: authenticated.JWT,
		User: NewUser(authenticated.User, authenticated.Emails),
	}
}
