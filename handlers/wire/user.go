package wire

import (
	"time"

	"latchkey/models"
)

// User is the wire format's full user. The members about factors that Latchkey
// does not have are there and empty, since SDKs read them.
type User struct {
	UserID                 string         `json:"user_id"`
	Emails                 []Email        `json:"emails"`
	Status                 string         `json:"status"`
	PhoneNumbers           []struct{}     `json:"phone_numbers"`
	WebAuthnRegistrations  []struct{}     `json:"webauthn_registrations"`
	Providers              []struct{}     `json:"providers"`
	TOTPs                  []struct{}     `json:"totps"`
	CryptoWallets          []struct{}     `json:"crypto_wallets"`
	BiometricRegistrations []struct{}     `json:"biometric_registrations"`
	IsLocked               bool           `json:"is_locked"`
	Roles                  []string       `json:"roles"`
	Name                   Name           `json:"name"`
	CreatedAt              time.Time      `json:"created_at"`
	Password               *struct{}      `json:"password"`
	TrustedMetadata        map[string]any `json:"trusted_metadata"`
	UntrustedMetadata      map[string]any `json:"untrusted_metadata"`
	ExternalID             *string        `json:"external_id"`
	LockCreatedAt          *time.Time     `json:"lock_created_at"`
	LockExpiresAt          *time.Time     `json:"lock_expires_at"`
}

// Name is empty where nobody gave one.
type Name struct {
	FirstName  string `json:"first_name"`
	MiddleName string `json:"middle_name"`
	LastName   string `json:"last_name"`
}

// NameChanges is what a request says of a name. What is absent stays as it is.
type NameChanges struct {
	FirstName  *string `json:"first_name"`
	MiddleName *string `json:"middle_name"`
	LastName   *string `json:"last_name"`
}

// Email is one of a person's addresses.
type Email struct {
	EmailID  string `json:"email_id"`
	Email    string `json:"email"`
	Verified bool   `json:"verified"`
}

// NewUser describes a person with these addresses.
func NewUser(user models.User, emails []models.Email) User {
	wire := User{
		UserID: models.PublicID("user", user.ProjectID, user.ID),
		Emails: make([]Email, len(emails)), Status: string(user.Status),
		PhoneNumbers: []struct{}{}, WebAuthnRegistrations: []struct{}{}, Providers: []struct{}{},
		TOTPs: []struct{}{}, CryptoWallets: []struct{}{}, BiometricRegistrations: []struct{}{},
		Roles: []string{}, CreatedAt: user.CreatedAt.Time(), ExternalID: user.ExternalID,
		Name:            Name{FirstName: user.FirstName, MiddleName: user.MiddleName, LastName: user.LastName},
		TrustedMetadata: object(user.TrustedMetadata), UntrustedMetadata: object(user.UntrustedMetadata),
	}
	for i, email := range emails {
		wire.Emails[i] = Email{
			EmailID: models.PublicID("email", user.ProjectID, email.ID),
			Email:   email.Address, Verified: email.VerifiedAt != nil,
		}
	}
	return wire
}

// object is never null.
func object(o models.Object) map[string]any {
	if o == nil {
		return map[string]any{}
	}
	return o
}
