package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
	err = s.Write(ctx, func(tx *Tx) (err error) {
		owed = nil
		var mails []models.QueuedMail
		free := s.claimable(queuedOf(tx.db, ids)).Select("id").
			Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked})
		err = tx.db.Model(&mails).Clauses(returning(tx.db, &models.QueuedMail{})).
			Where("id IN (?)", free).Update("claimed_until", s.leaseEnd(lease)).Error
		if err != nil || len(mails) == 0 {
			return failure(err)
		}
		owed, err = tx.owed(mails)
		return err
	})
	return owed, err
}

// returning names the columns instead of *, for the reason that gormConfig has.
func returning(db *gorm.DB, row any) clause.Returning {
	stmt := &gorm.Statement{DB: db}
	if err := stmt.Parse(row); err != nil {
		panic(err) // a model of ours
	}
	var columns []clause.Column
	for _, name := range stmt.Schema.DBNames {
		columns = append(columns, clause.Column{Name: name})
	}
	return clause.Returning{Columns: columns}
}

// inQueue are the queued mails, by the index of what is due. The status is written out,
// because a partial index is no use to a parameter.
func inQueue(query *gorm.DB) *gorm.DB {
	return query.Model(&models.QueuedMail{}).Where("status = 'queued'")
}

// queuedOf are those of the mails that are queued, by their keys. The status is no bare column
// here to keep PostgreSQL from that same index: its statistics are often of an empty queue,
// and it would then read all of a full one to find a few.
func queuedOf(query *gorm.DB, ids []models.ID) *gorm.DB {
	return query.Model(&models.QueuedMail{}).Where("id IN ? AND status || '' = 'queued'", ids)
}

// claimable narrows a query to the mails that may be claimed now, if they are queued.
func (s *Store) claimable(query *gorm.DB) *gorm.DB {
	now := s.clock.instant()
	return s.unheld(query).Where("(next_attempt_at <= ? OR next_attempt_at > ?)", now, now.Add(maxPause))
}

// unheld narrows a query to the mails that no sender holds.
func (s *Store) unheld(query *gorm.DB) *gorm.DB {
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
