package session

import (
	"time"

	"latchkey/models"
)

// Details is a session as the outside sees it: the claim "session" of a JWT, and
// the heart of the session object in responses.
type Details struct {
	ID                    string            `json:"id"`
	StartedAt             time.Time         `json:"started_at"`
	LastAccessedAt        time.Time         `json:"last_accessed_at"`
	ExpiresAt             time.Time         `json:"expires_at"`
	Attributes            DetailsAttributes `json:"attributes"`
	AuthenticationFactors []Factor          `json:"authentication_factors"`
	Roles                 []string          `json:"roles"`
}

// DetailsAttributes are empty strings where the app said nothing.
type DetailsAttributes struct {
	IPAddress string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

// Factor is how the person came in.
type Factor struct {
	Type                string      `json:"type"`
	DeliveryMethod      string      `json:"delivery_method"`
	CreatedAt           time.Time   `json:"created_at"`
	UpdatedAt           time.Time   `json:"updated_at"`
	LastAuthenticatedAt time.Time   `json:"last_authenticated_at"`
	EmailFactor         EmailFactor `json:"email_factor"`
}

// EmailFactor is the address that was proven.
type EmailFactor struct {
	EmailID      string `json:"email_id"`
	EmailAddress string `json:"email_address"`
}

// DetailsOf describes a session that the given address opened.
func DetailsOf(s models.Session, email models.Email) Details {
	return Details{
		ID:             models.PublicID("session", s.ProjectID, s.ID),
		StartedAt:      s.StartedAt.Time(),
		LastAccessedAt: s.LastAccessedAt.Time(),
		ExpiresAt:      s.ExpiresAt.Time(),
		Attributes:     DetailsAttributes{IPAddress: s.IPAddress, UserAgent: s.UserAgent},
		AuthenticationFactors: []Factor{{
			Type: string(s.Method), DeliveryMethod: "email",
			CreatedAt:           s.StartedAt.Time(),
			UpdatedAt:           s.AuthenticatedAt.Time(),
			LastAuthenticatedAt: s.AuthenticatedAt.Time(),
			EmailFactor: EmailFactor{
				EmailID:      models.PublicID("email", s.ProjectID, email.ID),
				EmailAddress: email.Address,
			},
		}},
		Roles: []string{},
	}
}
