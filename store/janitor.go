package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"latchkey/models"
)

// KeptFor is how long a row is kept after it died: long enough to say of a link
// that it was used and to see what happened to a mail.
const KeptFor = 7 * 24 * time.Hour

// bouncesKeptFor is how long a bounce counts toward a suppression that did not come
// to be: a person who asks once a month is to reach it, too.
const bouncesKeptFor = 90 * 24 * time.Hour

// batchSize is small, because on SQLite a batch holds up everybody's writes.
const batchSize = 500

// sweep deletes one batch of what died before the instant, or of what has an id
// from before it, and says how many rows went.
type sweep func(tx *Tx, before models.Instant, oldest models.ID) (int64, error)

// Purge deletes what died more than KeptFor ago: links, sessions, settled mails,
// events, wrong guesses, attached addresses that were not proven, persons who never
// came in, and JWT keys that no living session needs; and bounces after 90 days. It
// returns how many rows went.
//
// Ids begin with their time, so nearly every look-up is a short walk at the old end
// of the primary key and needs no index of its own.
func (s *Store) Purge(ctx context.Context) (deleted int64, err error) {
	for _, sweep := range []sweep{
		settledMails, deadLinks, deadSessions, oldEvents, oldFailures, quietMailboxes, unprovenAttachments, strangers, retiredKeys, oldBounces,
	} {
		for {
			n, err := s.purgeBatch(ctx, sweep)
			if err != nil {
				return deleted, err
			}
			deleted += n
			if n < batchSize {
				break
			}
		}
	}
	return deleted, nil
}

func (s *Store) purgeBatch(ctx context.Context, sweep sweep) (n int64, err error) {
	before := s.clock.now().Add(-KeptFor)
	err = s.Write(ctx, func(tx *Tx) error {
		n, err = sweep(tx, models.At(before), models.IDBefore(before))
		return err
	})
	return n, err
}

// deadLinks spares a link whose mail is still owed, as after a week without this
// program: without it the mail could not be settled.
func deadLinks(tx *Tx, before models.Instant, oldest models.ID) (int64, error) {
	return tx.delete(`DELETE FROM magic_links WHERE id IN
		(SELECT id FROM magic_links WHERE id < ? AND expires_at < ?
			AND id NOT IN (SELECT link_id FROM queued_mails WHERE id < ? AND status = 'queued')
		ORDER BY id LIMIT ?)`,
		oldest, before, oldest, batchSize)
}

func deadSessions(tx *Tx, before models.Instant, _ models.ID) (int64, error) {
	return tx.delete(`DELETE FROM sessions WHERE id IN
		(SELECT id FROM sessions WHERE expires_at < ? OR revoked_at < ? LIMIT ?)`,
		before, before, batchSize)
}

func settledMails(tx *Tx, before models.Instant, oldest models.ID) (int64, error) {
	return tx.delete(`DELETE FROM queued_mails WHERE id IN
		(SELECT id FROM queued_mails WHERE id < ? AND expires_at < ? AND status <> ? ORDER BY id LIMIT ?)`,
		oldest, before, models.MailQueued, batchSize)
}

func oldEvents(tx *Tx, _ models.Instant, oldest models.ID) (int64, error) {
	return tx.delete(`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ? ORDER BY id LIMIT ?)`,
		oldest, batchSize)
}

func oldFailures(tx *Tx, _ models.Instant, oldest models.ID) (int64, error) {
	return tx.delete(`DELETE FROM code_failures WHERE id IN (SELECT id FROM code_failures WHERE id < ? ORDER BY id LIMIT ?)`,
		oldest, batchSize)
}

// quietMailboxes deletes what no limit counts any more: those look back a day.
func quietMailboxes(tx *Tx, before models.Instant, _ models.ID) (int64, error) {
	return tx.delete(`DELETE FROM mailboxes WHERE (project_id, hash) IN
		(SELECT project_id, hash FROM mailboxes WHERE updated_at < ? LIMIT ?)`, before, batchSize)
}

// unprovenAttachments deletes the addresses that were said to be somebody's and never
// proven. Nobody has seen them since their time ended.
func unprovenAttachments(tx *Tx, before models.Instant, _ models.ID) (int64, error) {
	return tx.delete(`DELETE FROM emails WHERE id IN
		(SELECT id FROM emails WHERE verified_at IS NULL AND attached_until < ? LIMIT ?)`, before, batchSize)
}

// oldBounces deletes counts that led to nothing, and what is left of a person who is
// gone. A suppression stays until it is lifted.
func oldBounces(tx *Tx, before models.Instant, _ models.ID) (int64, error) {
	return tx.delete(`DELETE FROM bounce_records WHERE email_id IN
		(SELECT email_id FROM bounce_records WHERE suppressed_at IS NULL AND last_bounce_at < ?
			OR NOT EXISTS (SELECT 1 FROM emails WHERE emails.id = email_id) LIMIT ?)`,
		before.Add(KeptFor-bouncesKeptFor), batchSize)
}

// strangers deletes the persons who never proved an address, have no link any more,
// and are neither kept for their app nor suppressed, which is remembered until it is
// lifted. A start for one of them may run at this moment: it locks the address
// (FindPerson), so whoever is found locked stays, and links are looked for only once
// the lock is ours.
func strangers(tx *Tx, _ models.Instant, oldest models.ID) (int64, error) {
	var people []models.Email
	err := tx.db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
		Where("verified_at IS NULL AND id < ?", oldest).
		Where("NOT EXISTS (SELECT 1 FROM users WHERE users.id = emails.user_id AND users.kept)").
		Where("NOT EXISTS (SELECT 1 FROM magic_links WHERE magic_links.user_id = emails.user_id)").
		Where("NOT EXISTS (SELECT 1 FROM bounce_records WHERE email_id = emails.id AND suppressed_at IS NOT NULL)").
		Limit(batchSize).Find(&people).Error
	if err != nil || len(people) == 0 {
		return 0, failure(err)
	}
	addresses, users := make([]models.ID, len(people)), make([]models.ID, len(people))
	for i, email := range people {
		addresses[i], users[i] = email.ID, email.UserID
	}
	deleted, err := tx.delete(`DELETE FROM emails WHERE id IN ?
		AND NOT EXISTS (SELECT 1 FROM magic_links WHERE magic_links.user_id = emails.user_id)`, addresses)
	if err != nil {
		return 0, err
	}
	_, err = tx.delete(`DELETE FROM users WHERE id IN ?
		AND NOT EXISTS (SELECT 1 FROM emails WHERE emails.user_id = users.id)`, users)
	return deleted, err
}

// retiredKeys deletes the JWT keys that signed for no session which can still live: the
// next one took over longer ago than that. A key of the program before this one has no
// signs_from and signed as soon as it was there.
func retiredKeys(tx *Tx, before models.Instant, _ models.ID) (int64, error) {
	before = before.Add(-models.LongestSession)
	return tx.delete(`DELETE FROM signing_keys WHERE id IN
		(SELECT retired.id FROM signing_keys retired JOIN signing_keys later
			ON later.project_id = retired.project_id AND later.generation > retired.generation
		WHERE later.signs_from < ? AND later.created_at < ? LIMIT ?)`,
		before, before, batchSize)
}

func (tx *Tx) delete(statement string, values ...any) (int64, error) {
	result := tx.db.Exec(statement, values...)
	return result.RowsAffected, failure(result.Error)
}
