package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"latchkey/models"
)

// No pause and no claim reaches further than these. What lies beyond was written
// before the clock was set back, and must not wait for the clock to catch up.
const (
	maxPause = time.Hour
	maxLease = 5 * time.Minute
)

// OwedMail is a claimed mail with the rows it is made from.
type OwedMail struct {
	Mail    models.QueuedMail
	Link    models.MagicLink    // zero where the mail names none, or its row is gone
	Email   models.Email        // the address that the link was asked for; zero likewise
	Bounces models.BounceRecord // of that address, if the mail goes there; zero where none has bounced
}

// To is the address that the mail goes to; "" where it is gone.
func (o *OwedMail) To() string {
	if o.Mail.ToItsLink() {
		return o.Email.Address
	}
	return o.Mail.Address
}

// About is the link that the mail is about, or else the mail itself: what events and
// references name.
func (o *OwedMail) About() models.ID { return cmp.Or(o.Mail.LinkID, o.Mail.ID) }

// Gone says whether the link that the mail names, or its address, was deleted, as with
// its person.
func (o *OwedMail) Gone() bool {
	return o.Mail.LinkID != models.ID{} && (o.Link.ID == models.ID{} || o.Email.ID == models.ID{})
}

// InsertMail queues a mail. Its status is queued.
func (tx *Tx) InsertMail(mail models.QueuedMail) error {
	return tx.insert(&mail)
}

// DueMails lists up to limit mails that are due and that nobody holds, the longest
// due first.
func (s *Store) DueMails(ctx context.Context, limit int) ([]models.ID, error) {
	var ids []models.ID
	err := s.claimable(s.Read(ctx).db.Model(&models.QueuedMail{})).
		Order("next_attempt_at").Limit(limit).Pluck("id", &ids).Error
	return ids, failure(err)
}

// NextMailAt tells when the next mail falls due that nobody holds, or nil when
// none is queued.
func (s *Store) NextMailAt(ctx context.Context) (*models.Instant, error) {
	var next *models.Instant
	err := s.unheld(s.Read(ctx).db.Model(&models.QueuedMail{})).
		Select("min(next_attempt_at)").Scan(&next).Error
	return next, failure(err)
}

// ClaimMail takes the mail for the length of lease by one conditional write, so
// that of several senders, in however many processes, one gets it. ErrConflict: it
// is not due, held by another, or ended. A claim whose holder died ends by itself.
func (s *Store) ClaimMail(ctx context.Context, id models.ID, lease time.Duration) (*OwedMail, error) {
	var owed *OwedMail
	err := s.Write(ctx, func(tx *Tx) (err error) {
		err = changedOne(s.claimable(tx.db.Model(&models.QueuedMail{}).Where("id = ?", id)).
			Update("claimed_until", s.leaseEnd(lease)))
		if err != nil {
			return err
		}
		owed, err = tx.Mail(id)
		return err
	})
	return owed, err
}

// Mail finds a mail, ended or not, with the rows it is made from.
func (r Reader) Mail(id models.ID) (*OwedMail, error) {
	mail, err := first[models.QueuedMail](r.db.Where("id = ?", id))
	if err != nil {
		return nil, err
	}
	owed := &OwedMail{Mail: *mail}
	link, err := r.Link(mail.LinkID)
	if errors.Is(err, ErrNotFound) {
		return owed, nil
	}
	if err != nil {
		return nil, err
	}
	owed.Link = *link
	email, err := r.Email(mail.ProjectID, link.EmailID)
	if errors.Is(err, ErrNotFound) {
		return owed, nil
	}
	if err != nil {
		return nil, err
	}
	owed.Email = *email
	if owed.Mail.ToItsLink() {
		owed.Bounces, err = r.bounceRecord(email)
	}
	return owed, err
}

// SettleMail ends a queued mail as status, counting the attempt, with its event, by
// which it is dated. From then on the row names no address. Of a mail that was deleted
// on its way, with its person, the event is all that is kept. ErrConflict: it has ended
// already.
func (tx *Tx) SettleMail(id models.ID, status models.MailStatus, reply string, event *models.Event) error {
	return tx.endMail(id, event, map[string]any{
		"status": status, "last_reply": reply, "attempts": gorm.Expr("attempts + 1"),
	})
}

// EndUntried ends a queued mail as SettleMail does, without an attempt: what its last one
// came to stays.
func (tx *Tx) EndUntried(id models.ID, status models.MailStatus, event *models.Event) error {
	return tx.endMail(id, event, map[string]any{"status": status})
}

func (tx *Tx) endMail(id models.ID, event *models.Event, columns map[string]any) error {
	columns["finished_at"], columns["claimed_until"], columns["address"] = event.CreatedAt, 0, ""
	err := tx.updateQueued(id, columns)
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

// claimable narrows a query to the mails that may be claimed now.
func (s *Store) claimable(query *gorm.DB) *gorm.DB {
	now := s.clock.instant()
	return s.unheld(query).Where("(next_attempt_at <= ? OR next_attempt_at > ?)", now, now.Add(maxPause))
}

// unheld narrows a query to the queued mails that no sender holds. The status is
// written out, because a partial index is no use to a parameter.
func (s *Store) unheld(query *gorm.DB) *gorm.DB {
	query = query.Where("status = 'queued'")
	if s.clock.lease == "" {
		now := s.clock.instant()
		return query.Where("(claimed_until <= ? OR claimed_until > ?)", now, now.Add(maxLease))
	}
	return query.Where("claimed_until <= " + s.clock.lease)
}

func (s *Store) leaseEnd(lease time.Duration) any {
	if s.clock.lease == "" {
		return s.clock.instant().Add(lease)
	}
	return gorm.Expr(fmt.Sprintf("%s + %d", s.clock.lease, lease.Milliseconds()))
}
