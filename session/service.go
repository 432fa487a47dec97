package session

import (
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// The limits of session_duration_minutes.
const (
	minMinutes = 5
	maxMinutes = int(models.LongestSession / time.Minute)
)

// Service keeps the sessions of all projects.
type Service struct {
	Store  *store.Store
	Keys   *sealed.KeyRing
	Signer *Signer
	Now    func() time.Time
}

// MaxUserAgent is in bytes; what browsers send is half as long.
const MaxUserAgent = 1024

// Attributes are what the app's back end says of the person's client. They are
// never taken from the connection, which is the back end's own.
type Attributes struct {
	IPAddress string
	UserAgent string
}

// Issued is a session with everything that stands for it. Token and JWT are bearer
// credentials: they go into one response and nowhere else.
type Issued struct {
	Session models.Session
	Emails  []models.Email // the person's, by which its factors are described
	Token   string
	JWT     string

	continues *continuation // nil: a new session
}

// Duration checks session_duration_minutes.
func Duration(minutes int) (time.Duration, error) {
	if minutes < minMinutes || minutes > maxMinutes {
		return 0, problem.InvalidSessionDuration
	}
	return time.Duration(minutes) * time.Minute, nil
}

// issue makes the token and the JWT of a session.
func (s *Service) issue(session models.Session, emails []models.Email) (*Issued, error) {
	token, err := s.Keys.Seal(session.KeyID, sealed.Session, session.TokenID)
	if err != nil {
		return nil, err
	}
	jwt, err := s.Signer.Sign(session, emails, s.Now())
	if err != nil {
		return nil, err
	}
	return &Issued{Session: session, Emails: emails, Token: token, JWT: jwt}, nil
}

// KeySet is the project's JWKS as of now; ok is false for a project that is not here.
func (s *Service) KeySet(projectID string) (set jose.JSONWebKeySet, ok bool) {
	return s.Signer.KeySet(projectID, s.Now())
}
