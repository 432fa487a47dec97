package models

// BounceRecord counts the mails to an address that came back one after the other
// because nobody is there. Enough of them, and the address is suppressed: no further
// mail goes to it until an operator lifts that.
//
// It is keyed by the address's row and does not repeat the address, so that it ends
// with the person and outlives a change of the master key, which a keyed hash would
// not.
type BounceRecord struct {
	EmailID      ID
	ProjectID    string
	Bounces      int // in a row
	LastReply    string
	LastBounceAt Instant
	SuppressedAt *Instant
}
