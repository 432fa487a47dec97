package store

import (
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// OpenLinks lists the links, up to limit and the newest first, that were asked for with
// this challenge for this address and can still be redeemed.
func (r Reader) OpenLinks(email models.Email, challenge string, at models.Instant, limit int) ([]models.MagicLink, error) {
	var links []models.MagicLink
	err := r.db.
		Where("user_id = ? AND challenge = ? AND project_id = ? AND email_id = ?",
			email.UserID, challenge, email.ProjectID, email.ID).
		Where("redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > ?", at).
		Order("id DESC").Limit(limit).Find(&links).Error
	return links, failure(err)
}

// LockMailbox makes every other transaction that locks the same mailbox wait for the
// end of this one, so that what it counts stays true. SQLite has one writer and so
// needs no lock.
func (tx *Tx) LockMailbox(email models.Email) error {
	_, err := first[models.Email](tx.db.Select("id").
		Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("id = ? AND project_id = ?", email.ID, email.ProjectID))
	return err
}

// CodeFailures lists when codes were guessed wrong for the address after the
// instant, oldest first.
func (r Reader) CodeFailures(email models.Email, after models.Instant) ([]models.Instant, error) {
	var at []models.Instant
	err := r.db.Model(&models.CodeFailure{}).
		Where("email_id = ? AND project_id = ? AND created_at > ?", email.ID, email.ProjectID, after).
		Order("created_at").Pluck("created_at", &at).Error
	return at, failure(err)
}

// InsertCodeFailure counts one wrong guess.
func (tx *Tx) InsertCodeFailure(guess models.CodeFailure) error {
	return tx.insert(&guess)
}
