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

// Factor is one way in which the person came in. Of the last two the one is there that
// its delivery method names.
type Factor struct {
	Type                string          `json:"type"`
	DeliveryMethod      string          `json:"delivery_method"`
	CreatedAt           time.Time       `json:"created_at"`
	UpdatedAt           time.Time       `json:"updated_at"`
	LastAuthenticatedAt time.Time       `json:"last_authenticated_at"`
	EmailFactor         *EmailFactor    `json:"email_factor,omitempty"`
	EmbeddedFactor      *EmbeddedFactor `json:"embeddable_magic_link_factor,omitempty"`
}

// EmailFactor is the address that was proven.
type EmailFactor struct {
	EmailID      string `json:"email_id"`
	EmailAddress string `json:"email_address"` // "" where it was deleted since
}

// EmbeddedFactor is the link that the app handed out.
type EmbeddedFactor struct {
	EmbeddedID string `json:"embedded_id"`
}

// DetailsOf describes a session of the person with these addresses.
func DetailsOf(s models.Session, emails []models.Email) Details {
	details := Details{
		ID:             models.PublicID("session", s.ProjectID, s.ID),
		StartedAt:      s.StartedAt.Time(),
		LastAccessedAt: s.LastAccessedAt.Time(),
		ExpiresAt:      s.ExpiresAt.Time(),
		Attributes:     DetailsAttributes{IPAddress: s.IPAddress, UserAgent: s.UserAgent},
		Roles:          []string{},
	}
	for _, factor := range s.Factors() {
		details.AuthenticationFactors = append(details.AuthenticationFactors, factorOf(s.ProjectID, factor, emails))
	}
	return details
}

func factorOf(projectID string, shown models.Factor, emails []models.Email) Factor {
	factor := Factor{
		Type: string(shown.Method), DeliveryMethod: "email",
		CreatedAt:           shown.CreatedAt.Time(),
		UpdatedAt:           shown.AuthenticatedAt.Time(),
		LastAuthenticatedAt: shown.AuthenticatedAt.Time(),
	}
	if shown.Method == models.MethodEmbedded {
		factor.Type, factor.DeliveryMethod = string(models.MethodLink), string(models.MethodEmbedded)
		factor.EmbeddedFactor = &EmbeddedFactor{EmbeddedID: models.PublicID("embedded", projectID, shown.ID)}
		return factor
	}
	factor.EmailFactor = &EmailFactor{EmailID: models.PublicID("email", projectID, shown.ID)}
	for _, email := range emails {
		if email.ID == shown.ID {
			factor.EmailFactor.EmailAddress = email.Address
		}
	}
	return factor
}
