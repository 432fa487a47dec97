package models

// EventKind names what happened. The strings are stored and stay.
type EventKind string

const (
	EventLinkRedeemed EventKind = "link.redeemed"
	EventPKCEMismatch EventKind = "link.pkce_mismatch"
	EventCodeMismatch EventKind = "link.code_mismatch"
	EventNoAccount    EventKind = "start.no_account"
	EventMailSent     EventKind = "mail.sent"
	EventMailBounced  EventKind = "mail.bounced"
	EventMailExpired  EventKind = "mail.expired"

	EventAddressSuppressed EventKind = "address.suppressed"
	EventAddressLifted     EventKind = "address.lifted" // of no link: LinkID is zero
	// What the app's back end did to persons. They name no link.
	EventUserCreated  EventKind = "user.created"
	EventUserDeleted  EventKind = "user.deleted" // one for each of the addresses
	EventEmailAdded   EventKind = "email.added"
	EventEmailDeleted EventKind = "email.deleted"
)

// Event is a line of the project's history, kept for a week. It names the address
// by a keyed hash only, so that it may outlive the person's rows.
type Event struct {
	ID          ID
	ProjectID   string
	Kind        EventKind
	LinkID      ID
	AddressHash []byte
	Detail      string // a short code, never an address or a credential
	CreatedAt   Instant
}
