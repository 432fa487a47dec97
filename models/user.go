package models

// UserStatus says whether a person has ever come in.
type UserStatus string

const (
	UserActive  UserStatus = "active"
	UserPending UserStatus = "pending"
)

// User is a person known to one project.
type User struct {
	ID        ID
	ProjectID string
	Status    UserStatus
	CreatedAt Instant
}

// Email is a person's address. Address is where mail goes, as it was first
// written; Identity is the key by which two spellings are the same mailbox
// (package magiclink makes it).
type Email struct {
	ID         ID
	ProjectID  string
	UserID     ID
	Address    string
	Identity   string
	VerifiedAt *Instant // nil until a link mailed there was redeemed
	CreatedAt  Instant
}
