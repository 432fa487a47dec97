package models

// MailStatus is where an accepted mail stands. Every one ends in sent, bounced or
// expired.
type MailStatus string

const (
	MailQueued  MailStatus = "queued"
	MailSent    MailStatus = "sent"
	MailBounced MailStatus = "bounced" // the receiving side will never take it
	MailExpired MailStatus = "expired" // its link died first, or its own time was over
)

// The words of mails that nobody asks for by name.
const (
	TemplateVerify       = "verify"
	TemplateAddressAdded = "address_added"
	TemplateNoAccount    = "no_account"
)

// QueuedMail is a mail that is owed. It holds facts, never words, and never the
// link: that is made from the link's row and the master key when it is sent.
// Its ID is the Message-ID's local part, so that every attempt carries the same. The
// mail of a link has the link's ID, by which it is found without an index of its own.
type QueuedMail struct {
	ID            ID
	ProjectID     string
	LinkID        ID     // the zero ID: it carries none
	Template      string // which words; "" for those of the link's kind
	Locale        string // in which language; "" for the default
	Address       string // where to, if that is not the address of the link
	MessageDomain string // the Message-ID's right half, from the first attempt on; "" before
	Status        MailStatus
	Attempts      int     // how often it was handed to a server
	NextAttemptAt Instant // not before
	ClaimedUntil  Instant // a sender holds it until then; 0 when nobody does
	LastReply     string  // the server's code and enhanced status code of the last attempt
	CreatedAt     Instant
	ExpiresAt     Instant // the link's if it carries one: no mail goes out for a dead one
	FinishedAt    *Instant
}

// ToItsLink says whether the mail goes to the address that its link was asked for, and
// not to one of its own, which the row forgets when the mail ends.
func (m *QueuedMail) ToItsLink() bool {
	return m.Template != TemplateAddressAdded && m.Template != TemplateNoAccount && m.Address == ""
}
