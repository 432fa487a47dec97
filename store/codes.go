package store

import "latchkey/models"

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

// CodeFailures lists when codes were guessed wrong for the mailbox after the instant,
// oldest first.
func (r Reader) CodeFailures(projectID string, mailbox models.ID, after models.Instant) ([]models.Instant, error) {
	var at []models.Instant
	err := r.db.Model(&models.CodeFailure{}).
		Where("email_id = ? AND project_id = ? AND created_at > ?", mailbox, projectID, after).
		Order("created_at").Pluck("created_at", &at).Error
	return at, failure(err)
}

// InsertCodeFailure counts one wrong guess.
func (tx *Tx) InsertCodeFailure(guess models.CodeFailure) error {
	return tx.insert(&guess)
}
