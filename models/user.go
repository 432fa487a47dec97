package models

// UserStatus says whether a person has ever come in.
type UserStatus string

const (
	UserActive  UserStatus = "active"
	UserPending UserStatus = "pending"
)

// User is a person known to one project.
type User struct {
	ID                ID
	ProjectID         string
	Status            UserStatus
	FirstName         string
	MiddleName        string
	LastName          string
	TrustedMetadata   Object  // set with the project's secret only
	UntrustedMetadata Object  // the person may set it, too
	ExternalID        *string // the app's own name for the person, unique in the project
	// Kept says that the person is known by more than a start: made or invited by the
	// app's back end, changed since, or let in by an embedded link. The janitor leaves
	// these alone, though they never proved an address.
	Kept      bool
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
	// AttachedUntil is set while the address was only said to be a known person's. It
	// is no identity then (Identity is a placeholder), and from that instant on it is
	// gone.
	AttachedUntil *Instant
	CreatedAt     Instant
}

// AttachedIdentity stands in an attached address's row in place of the real key, so that
// it takes nobody's: no parsed address has a space.
func AttachedIdentity(id ID) string { return "attached " + id.String() }

// Attached says whether the address still waits for its proof, and is no identity yet.
func (e *Email) Attached() bool { return e.AttachedUntil != nil }

// Gone says whether the time for that proof is over.
func (e *Email) Gone(now Instant) bool { return e.AttachedUntil != nil && *e.AttachedUntil <= now }
