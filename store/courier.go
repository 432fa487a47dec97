package store

import (
	"time"

	"latchkey/models"
)

// A Courier is free to take one mail, which is about to be written. The transaction that
// writes the mail then claims it as well (Tx.ClaimOwn), and its rows are handed over as they
// were written: no transaction to claim it, and nothing to read back. Whoever has one calls
// Send or LetGo, once.
//
// It stands here because who writes mails and who sends them know each other only by their
// rows.
type Courier struct {
	Lease time.Duration   // what to claim the mail for
	Send  func(*OwedMail) // the mail is durable
	LetGo func()          // it is not, or nobody knows: the claim then ends by itself
}

// ClaimOwn claims a mail that this transaction has written, for the length of lease.
func (tx *Tx) ClaimOwn(id models.ID, lease time.Duration) error {
	if tx.onPostgres() {
		return tx.change("UPDATE queued_mails SET claimed_until = "+leaseClock+" + $1 WHERE id = $2", lease.Milliseconds(), id)
	}
	return tx.change("UPDATE queued_mails SET claimed_until = $1 WHERE id = $2", tx.now().Add(lease), id)
}
