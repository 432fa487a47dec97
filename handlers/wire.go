package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latchkey/models"
	"latchkey/session"
)

// reply is what every successful answer carries.
type reply struct {
	RequestID  string `json:"request_id"`
	StatusCode int    `json:"status_code"`
}

func replyOK(c *gin.Context) reply { return reply{RequestID: requestID(c), StatusCode: http.StatusOK} }

// wireUser is the wire format's full user. The members about factors that Latchkey
// does not have are there and empty, since SDKs read them.
type wireUser struct {
	UserID                 string         `json:"user_id"`
	Emails                 []wireEmail    `json:"emails"`
	Status                 string         `json:"status"`
	PhoneNumbers           []struct{}     `json:"phone_numbers"`
	WebAuthnRegistrations  []struct{}     `json:"webauthn_registrations"`
	Providers              []struct{}     `json:"providers"`
	TOTPs                  []struct{}     `json:"totps"`
	CryptoWallets          []struct{}     `json:"crypto_wallets"`
	BiometricRegistrations []struct{}     `json:"biometric_registrations"`
	IsLocked               bool           `json:"is_locked"`
	Roles                  []string       `json:"roles"`
	Name                   wireName       `json:"name"`
	CreatedAt              time.Time      `json:"created_at"`
	Password               *struct{}      `json:"password"`
	TrustedMetadata        map[string]any `json:"trusted_metadata"`
	UntrustedMetadata      map[string]any `json:"untrusted_metadata"`
	ExternalID             *string        `json:"external_id"`
	LockCreatedAt          *time.Time     `json:"lock_created_at"`
	LockExpiresAt          *time.Time     `json:"lock_expires_at"`
}

type wireName struct {
	FirstName  string `json:"first_name"`
	MiddleName string `json:"middle_name"`
	LastName   string `json:"last_name"`
}

type wireEmail struct {
	EmailID  string `json:"email_id"`
	Email    string `json:"email"`
	Verified bool   `json:"verified"`
}

func newWireUser(user models.User, emails []models.Email) wireUser {
	wire := wireUser{
		UserID: models.PublicID("user", user.ProjectID, user.ID),
		Emails: make([]wireEmail, len(emails)), Status: string(user.Status),
		PhoneNumbers: []struct{}{}, WebAuthnRegistrations: []struct{}{}, Providers: []struct{}{},
		TOTPs: []struct{}{}, CryptoWallets: []struct{}{}, BiometricRegistrations: []struct{}{},
		Roles: []string{}, CreatedAt: user.CreatedAt.Time(),
		TrustedMetadata: map[string]any{}, UntrustedMetadata: map[string]any{},
	}
	for i, email := range emails {
		wire.Emails[i] = wireEmail{
			EmailID: models.PublicID("email", user.ProjectID, email.ID),
			Email:   email.Address, Verified: email.VerifiedAt != nil,
		}
	}
	return wire
}

// wireSession names its id session_id, where the JWT's claim says id.
type wireSession struct {
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

func newWireSession(issued *session.Issued) *wireSession {
	details := session.DetailsOf(issued.Session, issued.Email)
	return &wireSession{
		SessionID:             details.ID,
		UserID:                models.PublicID("user", issued.Session.ProjectID, issued.Session.UserID),
		AuthenticationFactors: details.AuthenticationFactors, Roles: details.Roles,
		StartedAt: details.StartedAt, LastAccessedAt: details.LastAccessedAt, ExpiresAt: details.ExpiresAt,
		Attributes: details.Attributes, CustomClaims: map[string]any{},
	}
}
