package magiclink

import (
	"latchkey/models"
	"latchkey/store"
)

// courier is who takes a mail once it is written: somebody who waits for it, or else the
// queue.
type courier struct {
	waiting *store.Courier // nil: nobody is free
	queued  func(models.ID)
}

func (s *Service) courier() courier {
	c := courier{queued: s.MailQueued}
	if s.Courier != nil {
		c.waiting = s.Courier()
	}
	return c
}

// claim is a part of the transaction that writes the mail.
func (c courier) claim(tx *store.Tx, owed *store.OwedMail) error {
	if c.waiting == nil {
		return nil
	}
	return tx.ClaimOwn(owed.Mail.ID, c.waiting.Lease)
}

// send is for a mail that is durable.
func (c courier) send(owed *store.OwedMail) {
	if c.waiting == nil {
		c.queued(owed.Mail.ID)
		return
	}
	c.waiting.Send(owed)
}

// letGo is for one that was not written.
func (c courier) letGo() {
	if c.waiting != nil {
		c.waiting.LetGo()
	}
}
