package models

// Method is what the person showed: the mail's link or its code. The strings are the
// wire format's factor types.
type Method string

const (
	MethodLink Method = "magic_link"
	MethodCode Method = "otp"
)

// Session is one person signed in on one client. TokenID is what the session
// token seals: a column of its own, so that the token can change while the
// session, and the id that JWTs name, live on.
type Session struct {
	ID              ID
	ProjectID       string
	UserID          ID
	EmailID         ID // the factor: which address the link went to
	TokenID         ID
	KeyID           byte // the master key the token is sealed under
	Method          Method
	IPAddress       string
	UserAgent       string
	AuthenticatedAt Instant // when the factor was last shown
	StartedAt       Instant
	LastAccessedAt  Instant
	ExpiresAt       Instant
	RevokedAt       *Instant
}

// Alive tells whether the session counts at the instant now.
func (s *Session) Alive(now Instant) bool { return s.RevokedAt == nil && now < s.ExpiresAt }

// SigningKey is a project's JWT key pair. Private is encrypted under the master
// key KeyID; ID is the JWK's kid.
type SigningKey struct {
	ID         ID
	ProjectID  string
	Generation int // 1 is the first; unique per project, so that replicas agree on one
	Algorithm  string
	KeyID      byte
	Private    []byte
	CreatedAt  Instant
}
