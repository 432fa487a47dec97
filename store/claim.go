package store

import (
	"context"
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

// ClaimMails takes those of the mails that are due and that nobody holds for the length of
// lease, and returns them with the rows they are made from. It is one conditional write, so
// that of several senders, in however many processes, one gets each; they pass over what
// another is taking at the moment. A claim whose holder died ends by itself.
func (s *Store) ClaimMails(ctx context.Context, ids []models.ID, lease time.Duration) (owed []OwedMail, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.Write(ctx, func(tx *Tx) error {
		claimed := s.claim(tx, ids, lease)
		err := tx.ask(claimed)
		if err == nil {
			owed, err = tx.owed(claimed.found)
		}
		return err
	})
	return owed, err
}

// claim is the conditional write. On PostgreSQL leases are by its clock, and what another
// is taking is passed over.
func (s *Store) claim(tx *Tx, ids []models.ID, lease time.Duration) *search[models.QueuedMail] {
	now := s.clock.instant()
	if s.clock.lease == "" {
		list, values := among(ids, now.Add(lease), now, now.Add(maxPause), now, now.Add(maxLease))
		return updating[models.QueuedMail](tx.Reader, `claimed_until = $1
WHERE (next_attempt_at <= $2 OR next_attempt_at > $3) AND (claimed_until <= $4 OR claimed_until > $5)
AND `+isQueued+` AND id IN `+list, values...)
	}
	list, values := among(ids, lease.Milliseconds(), now, now.Add(maxPause))
	return updating[models.QueuedMail](tx.Reader, `claimed_until = `+s.clock.lease+` + $1
WHERE id IN (SELECT id FROM queued_mails
	WHERE (next_attempt_at <= $2 OR next_attempt_at > $3) AND claimed_until <= `+s.clock.lease+`
	AND `+isQueued+` AND id IN `+list+` FOR UPDATE SKIP LOCKED)`, values...)
}

// inQueue are the queued mails, by the index of what is due. The status is written out,
// because a partial index is no use to a parameter.
func inQueue(query *gorm.DB) *gorm.DB {
	return query.Model(&models.QueuedMail{}).Where("status = 'queued'")
}

// isQueued is for mails that are sought by their keys. The status is no bare column here to
// keep PostgreSQL from that same index: its statistics are often of an empty queue, and it
// would then read all of a full one to find a few.
const isQueued = "status || '' = 'queued'"

// queuedOf are those of the mails that are queued, by their keys.
func queuedOf(query *gorm.DB, ids []models.ID) *gorm.DB {
	return query.Model(&models.QueuedMail{}).Where("id IN ? AND "+isQueued, ids)
}

// unheld narrows a query to the mails that no sender holds.
func (s *Store) unheld(query *gorm.DB) *gorm.DB {
	if s.clock.lease == "" {
		now := s.clock.instant()
		return query.Where("(claimed_until <= ? OR claimed_until > ?)", now, now.Add(maxLease))
	}
	return query.Where("claimed_until <= " + s.clock.lease)
}
