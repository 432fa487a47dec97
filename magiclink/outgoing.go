package magiclink

import "latchkey/store"

// outgoing is how a mail gets on its way: by somebody who waits for it, or else by the
// queue.
type outgoing struct {
	service *Service
	courier *store.Courier // nil: nobody is free
}

func (s *Service) outgoing() *outgoing {
	o := &outgoing{service: s}
	if s.Courier != nil {
		o.courier = s.Courier()
	}
	return o
}

// claim is a part of the transaction that writes the mail.
func (o *outgoing) claim(tx *store.Tx, owed *store.OwedMail) error {
	if o.courier == nil {
		return nil
	}
	return tx.ClaimOwn(owed.Mail.ID, o.courier.Lease)
}

// send is for a mail that is durable.
func (o *outgoing) send(owed *store.OwedMail) {
	if o.courier == nil {
		o.service.MailQueued(owed.Mail.ID)
		return
	}
	o.courier.Send(owed)
	o.courier = nil
}

// end is for whatever has become of the mail. Who waits for one that was not sent is let go.
func (o *outgoing) end() {
	if o.courier != nil {
		o.courier.LetGo()
	}
}
