package store

import (
	"database/sql"
	"encoding/binary"

	"latchkey/models"
)

// LockStarts returns when links were started for the mailbox, oldest first, and makes
// every other transaction that asks for the same mailbox wait for the end of this
// one. SQLite has one writer and so needs no lock.
func (tx *Tx) LockStarts(mailbox models.Mailbox) ([]models.Instant, error) {
	var row models.Mailbox
	err := tx.db.Raw(lockStarts, sql.Named("project", mailbox.ProjectID), sql.Named("hash", mailbox.Hash), sql.Named("none", []byte{})).
		Scan(&row).Error
	if err != nil {
		return nil, failure(err)
	}
	starts := make([]models.Instant, len(row.Starts)/8)
	for i := range starts {
		starts[i] = models.Instant(binary.BigEndian.Uint64(row.Starts[8*i:]))
	}
	return starts, nil
}

// lockStarts leaves a row in any case, or there would be nothing to lock and two first
// starts would both pass; and it is one statement in any case, since how long a start
// takes must not tell a stranger who has asked for the mailbox before.
const lockStarts = `
INSERT INTO mailboxes (project_id, hash, starts, updated_at) VALUES (@project, @hash, @none, 0)
ON CONFLICT (project_id, hash) DO UPDATE SET updated_at = mailboxes.updated_at
RETURNING starts`

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
