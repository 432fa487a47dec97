package models

// Mailbox remembers when links were started for one mailbox within the last day, by
// which its limit is kept. Hash is a keyed hash of the address with its plus tag,
// dots and case folded away: many spellings of one mailbox share a limit, though
// they are different people to the project.
type Mailbox struct {
	ProjectID string
	Hash      []byte
	Starts    []byte // instants, 8 bytes each, oldest first
	UpdatedAt Instant
}

// TableName keeps gorm from its own plural.
func (Mailbox) TableName() string { return "mailboxes" }
