package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"latchkey/models"
)

// InsertMail queues a mail. Its status is queued.
func (tx *Tx) InsertMail(mail models.QueuedMail) error {
	return tx.insert(&mail)
}

// DueMails lists up to limit mails that are due and that nobody holds, the longest
// due first. It asks for the ranges of a claim one by one: for both at once SQLite walks
// through all that lie between, which are the mails that wait for their next try.
func (s *Store) DueMails(ctx context.Context, limit int) (due []models.ID, err error) {
	now := s.clock.instant()
	for _, within := range []*gorm.DB{
		s.Read(ctx).db.Where("next_attempt_at <= ?", now),
		s.Read(ctx).db.Where("next_attempt_at > ?", now.Add(maxPause)),
	} {
		var ids []models.ID
		err := s.unheld(inQueue(within)).
			Order("next_attempt_at").Limit(limit-len(due)).Pluck("id", &ids).Error
		if err != nil {
			return nil, failure(err)
		}
		due = append(due, ids...)
	}
	return due, nil
}

// NextMailAt tells when the next mail falls due that nobody holds, or nil when
// none is queued.
func (s *Store) NextMailAt(ctx context.Context) (*models.Instant, error) {
	var next *models.Instant
	err := s.unheld(inQueue(s.Read(ctx).db)).
		Select("min(next_attempt_at)").Scan(&next).Error
	return next, failure(err)
}

// SettleMail ends a queued mail as status, counting the attempt, with its event, by
// which it is dated. From then on the row names no address. Of a mail that was deleted
// on its way, with its person, the event is all that is kept. ErrConflict: it has ended
// already.
func (tx *Tx) SettleMail(id models.ID, status models.MailStatus, reply string, event *models.Event) error {
	return tx.endMail(id, event, tried(status, reply))
}

// SettleMails ends several queued mails alike, as SettleMail does one, with their events,
// of which the first dates them all. ErrConflict: one of them has ended already or was
// deleted, and the transaction must be given up.
func (tx *Tx) SettleMails(ids []models.ID, status models.MailStatus, reply string, events []models.Event) error {
	list, values := among(ids, status, reply, events[0].CreatedAt)
	settled, err := tx.exec(`
UPDATE queued_mails SET status = $1, last_reply = $2, finished_at = $3, attempts = attempts + 1, claimed_until = 0, address = ''
WHERE `+isQueued+` AND id IN `+list, values...)
	if err != nil {
		return err
	}
	if settled < int64(len(ids)) {
		return ErrConflict
	}
	return tx.InsertEvents(events)
}

// EndUntried ends a queued mail as SettleMail does, without an attempt: what its last one
// came to stays.
func (tx *Tx) EndUntried(id models.ID, status models.MailStatus, event *models.Event) error {
	return tx.endMail(id, event, map[string]any{"status": status})
}

func tried(status models.MailStatus, reply string) map[string]any {
	return map[string]any{"status": status, "last_reply": reply, "attempts": gorm.Expr("attempts + 1")}
}

func ended(columns map[string]any, at models.Instant) map[string]any {
	columns["finished_at"], columns["claimed_until"], columns["address"] = at, 0, ""
	return columns
}

func (tx *Tx) endMail(id models.ID, event *models.Event, columns map[string]any) error {
	err := tx.updateQueued(id, ended(columns, event.CreatedAt))
	if errors.Is(err, ErrConflict) {
		err = tx.deletedMail(id)
	}
	if err != nil {
		return err
	}
	return tx.InsertEvent(*event)
}

// deletedMail is nil if there is no such mail, and ErrConflict if there is.
func (tx *Tx) deletedMail(id models.ID) error {
	_, err := first[models.QueuedMail](tx.db.Where("id = ?", id))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err == nil:
		return ErrConflict
	}
	return err
}

// DeferMail gives a claimed mail back, not to be tried before next. The attempt counts,
// and what it was called (MessageDomain) stays its name: a relay may have taken it.
func (s *Store) DeferMail(ctx context.Context, mail models.QueuedMail, next models.Instant, reply string) error {
	return s.Write(ctx, func(tx *Tx) error {
		return tx.updateQueued(mail.ID, map[string]any{
			"next_attempt_at": next, "claimed_until": 0, "message_domain": mail.MessageDomain,
			"last_reply": reply, "attempts": gorm.Expr("attempts + 1"),
		})
	})
}

// ReleaseMail gives a claimed mail back as it was: what failed was the relay, and
// that is no attempt of the mail's.
func (s *Store) ReleaseMail(ctx context.Context, id models.ID, reply string) error {
	return s.Write(ctx, func(tx *Tx) error {
		return tx.updateQueued(id, map[string]any{"claimed_until": 0, "last_reply": reply})
	})
}

func (tx *Tx) updateQueued(id models.ID, columns map[string]any) error {
	return changedOne(tx.db.Model(&models.QueuedMail{}).
		Where("id = ? AND status = ?", id, models.MailQueued).Updates(columns))
}
