package models

import (
	"slices"
	"time"
)

// LongestSession is how far from now the end of a session can be put: a leap year.
const LongestSession = 366 * 24 * time.Hour

// Method is what the person showed. The strings are stored and stay.
type Method string

const (
	MethodLink     Method = "magic_link" // the link in a mail
	MethodCode     Method = "otp"        // the code beside it
	MethodEmbedded Method = "embedded"   // a link that the app handed out itself
)

// Session is one person signed in on one client. TokenID is what the session
// token seals: a column of its own, so that the token can change while the
// session, and the id that JWTs name, live on.
type Session struct {
	ID              ID
	ProjectID       string
	UserID          ID
	FactorID        ID `gorm:"column:email_id"` // the first factor: the address, or the embedded link
	TokenID         ID
	PreviousTokenID *ID  // what the token before it sealed; it opens nothing
	KeyID           byte // the master key the token is sealed under
	Method          Method
	MoreFactors     Factors // shown since
	CustomClaims    Object  // the app's own, at the top level of every JWT
	IPAddress       string
	UserAgent       string
	AuthenticatedAt Instant // when the first factor was last shown
	StartedAt       Instant
	LastAccessedAt  Instant
	ExpiresAt       Instant
	RevokedAt       *Instant
}

// Alive tells whether the session counts at the instant now.
func (s *Session) Alive(now Instant) bool { return s.RevokedAt == nil && now < s.ExpiresAt }

// Factors are all that the person showed in the session, the first one first.
func (s *Session) Factors() Factors {
	first := Factor{Method: s.Method, ID: s.FactorID, CreatedAt: s.StartedAt, AuthenticatedAt: s.AuthenticatedAt}
	return append(Factors{first}, s.MoreFactors...)
}

// Show notes that the person showed a factor at the instant.
func (s *Session) Show(method Method, id ID, at Instant) {
	if s.Method == method && s.FactorID == id {
		s.AuthenticatedAt = at
		return
	}
	s.MoreFactors = s.MoreFactors.with(Factor{Method: method, ID: id, CreatedAt: at, AuthenticatedAt: at})
}

// Forget takes an address out of the session, and tells whether anything is left that it
// rests on. A later factor then takes the place of the first.
func (s *Session) Forget(id ID) (restsOnSomething bool) {
	left := slices.DeleteFunc(s.Factors(), func(f Factor) bool { return f.ID == id })
	if len(left) == 0 {
		return false
	}
	s.FactorID, s.Method, s.AuthenticatedAt = left[0].ID, left[0].Method, left[0].AuthenticatedAt
	s.MoreFactors = left[1:]
	return true
}
