package mailer

import (
	"context"

	"latchkey/models"
	"latchkey/store"
)

// replySent is what nearly every relay says to a mail that it takes.
const replySent = "250"

// A settler writes down mails that were sent, those of one moment in one transaction.
// There is no timer: while one transaction is committed the next mails gather, as many as
// there are clerks at most, and a lone mail waits for nobody.
type settler struct {
	store    *store.Store
	arriving chan *settlement
}

// settlement is a mail that was sent and is to be written down as such.
type settlement struct {
	ctx   context.Context
	mail  models.ID
	event models.Event
	done  chan error // has room
}

// settle ends a mail that was sent, with its event, in one transaction with whatever others
// there are. An error means that nothing was written of any of them: one may have failed
// for all, so each is then to be tried alone.
func (s *settler) settle(ctx context.Context, mail models.ID, event models.Event) error {
	one := &settlement{ctx: ctx, mail: mail, event: event, done: make(chan error, 1)}
	s.arriving <- one
	return <-one.done
}

// run serves those who settle, until stop closes. All must have had their answer by then.
func (s *settler) run(stop <-chan struct{}) {
	for {
		select {
		case first := <-s.arriving:
			batch := s.waiting(first)
			err := s.write(batch)
			for _, one := range batch {
				one.done <- err
			}
		case <-stop:
			return
		}
	}
}

// waiting collects whoever waits already.
func (s *settler) waiting(first *settlement) []*settlement {
	batch := []*settlement{first}
	for {
		select {
		case one := <-s.arriving:
			batch = append(batch, one)
		default:
			return batch
		}
	}
}

// write has as long as its first mail.
func (s *settler) write(batch []*settlement) error {
	var ids []models.ID
	var events []models.Event
	for _, one := range batch {
		ids, events = append(ids, one.mail), append(events, one.event)
	}
	return s.store.Write(batch[0].ctx, func(tx *store.Tx) error {
		return tx.SettleMails(ids, models.MailSent, replySent, events)
	})
}
