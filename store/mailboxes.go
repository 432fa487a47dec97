package store

import (
	"encoding/binary"
	"errors"

	"gorm.io/gorm/clause"

	"latchkey/models"
)

// LockStarts returns when links were started for the mailbox, oldest first, and makes
// every other transaction that asks for the same mailbox wait for the end of this
// one. SQLite has one writer and so needs no lock.
func (tx *Tx) LockStarts(mailbox models.Mailbox) ([]models.Instant, error) {
	row, err := tx.lockMailbox(mailbox)
	if errors.Is(err, ErrNotFound) {
		// Something must be there to be locked, or two first starts would both pass.
		mailbox.Starts = []byte{}
		if _, err := tx.insertOrNothing(&mailbox); err != nil {
			return nil, err
		}
		row, err = tx.lockMailbox(mailbox)
	}
	if err != nil {
		return nil, err
	}
	starts := make([]models.Instant, len(row.Starts)/8)
	for i := range starts {
		starts[i] = models.Instant(binary.BigEndian.Uint64(row.Starts[8*i:]))
	}
	return starts, nil
}

func (tx *Tx) lockMailbox(mailbox models.Mailbox) (*models.Mailbox, error) {
	return first[models.Mailbox](tx.db.
		Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("project_id = ? AND hash = ?", mailbox.ProjectID, mailbox.Hash))
}

// SaveStarts replaces what LockStarts returned. The last start is the newest.
func (tx *Tx) SaveStarts(mailbox models.Mailbox, starts []models.Instant) error {
	encoded := make([]byte, 0, 8*len(starts))
	for _, start := range starts {
		encoded = binary.BigEndian.AppendUint64(encoded, uint64(start))
	}
	return changedOne(tx.db.Model(&models.Mailbox{}).
		Where("project_id = ? AND hash = ?", mailbox.ProjectID, mailbox.Hash).
		Updates(map[string]any{"starts": encoded, "updated_at": starts[len(starts)-1]}))
}
