package wire

import (
	"time"

	"latchkey/models"
	"latchkey/session"
)

// Session names its id session_id, where the JWT's claim says id.
type Session struct {
	SessionID             string                    `json:"session_id"`
	UserID                string                    `json:"user_id"`
	AuthenticationFactors []session.Factor          `json:"authentication_factors"`
	Roles                 []string                  `json:"roles"`
	StartedAt             time.Time                 `json:"started_at"`
	LastAccessedAt        time.Time                 `json:"last_accessed_at"`
	ExpiresAt             time.Time                 `json:"expires_at"`
	Attributes            session.DetailsAttributes `json:"attributes"`
	CustomClaims          map[string]any            `json:"custom_claims"`
}

// NewSession describes a session of the person with these addresses.
func NewSession(s models.Session, emails []models.Email) *Session {
	details := session.DetailsOf(s, emails)
	return &Session{
		SessionID:             details.ID,
		UserID:                models.PublicID("user", s.ProjectID, s.UserID),
		AuthenticationFactors: details.AuthenticationFactors, Roles: details.Roles,
		StartedAt: details.StartedAt, LastAccessedAt: details.LastAccessedAt, ExpiresAt: details.ExpiresAt,
		Attributes: details.Attributes, CustomClaims: object(s.CustomClaims),
	}
}
