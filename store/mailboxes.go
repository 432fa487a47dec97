package store

import (
	"encoding/binary"

	"latchkey/models"
)

// LockStarts returns when links were started for the mailbox, oldest first, and makes
// every other transaction that asks for the same mailbox wait for the end of this
// one. SQLite has one writer and so needs no lock.
func (tx *Tx) LockStarts(mailbox models.Mailbox) ([]models.Instant, error) {
	asked := &startsOf{mailbox: mailbox}
	if err := tx.ask(asked); err != nil {
		return nil, err
	}
	encoded := asked.encoded
	starts := make([]models.Instant, len(encoded)/8)
	for i := range starts {
		starts[i] = models.Instant(binary.BigEndian.Uint64(encoded[8*i:]))
	}
	return starts, nil
}

// startsOf asks for a mailbox's starts. It leaves a row in any case, or there would be
// nothing to lock and two first starts would both pass; and it is one statement in any case,
// since how long a start takes must not tell a stranger who has asked for the mailbox before.
type startsOf struct {
	mailbox models.Mailbox
	encoded []byte
}

func (q *startsOf) said() statement {
	return statement{`
INSERT INTO mailboxes (project_id, hash, starts, updated_at) VALUES ($1, $2, $3, 0)
ON CONFLICT (project_id, hash) DO UPDATE SET updated_at = mailboxes.updated_at
RETURNING starts`, []any{q.mailbox.ProjectID, q.mailbox.Hash, []byte{}}}
}

func (q *startsOf) hear(a answer) error { return a.Scan(&q.encoded) }

// SaveStarts replaces what LockStarts returned. The last start is the newest.
func (tx *Tx) SaveStarts(mailbox models.Mailbox, starts []models.Instant) error {
	encoded := make([]byte, 0, 8*len(starts))
	for _, start := range starts {
		encoded = binary.BigEndian.AppendUint64(encoded, uint64(start))
	}
	return tx.change("UPDATE mailboxes SET starts = $1, updated_at = $2 WHERE project_id = $3 AND hash = $4",
		encoded, starts[len(starts)-1], mailbox.ProjectID, mailbox.Hash)
}
