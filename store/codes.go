package store

import (
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// NewestLink finds the link that was last asked for with this challenge for this
// address and can still be redeemed, or ErrNotFound.
func (r Reader) NewestLink(email models.Email, challenge string, at models.Instant) (*models.MagicLink, error) {
	return first[models.MagicLink](r.db.
		Where("user_id = ? AND challenge = ? AND project_id = ? AND email_id = ?",
			email.UserID, challenge, email.ProjectID, email.ID).
		Where("redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > ?", at).
		Order("id DESC"))
}

// LockMailbox makes every other transaction that locks the same mailbox wait for the
// end of this one, so that what it counts stays true. SQLite has one writer and so
// needs no lock.
func (tx *Tx) LockMailbox(email models.Email) error {
	_, err := first[models.Email](tx.db.
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
