package store

import "latchkey/models"

// Link finds a link by its id alone: whoever holds its token may know its project.
func (r Reader) Link(id models.ID) (*models.MagicLink, error) {
	return first[models.MagicLink](r.db.Where("id = ?", id))
}

// InsertLink writes a link together with the mail that carries it.
func (tx *Tx) InsertLink(link models.MagicLink, mail models.QueuedMail) error {
	if err := tx.insert(&link); err != nil {
		return err
	}
	return tx.InsertMail(mail)
}

// OpenedLink notes the first time a link was followed, by whomever.
func (tx *Tx) OpenedLink(projectID string, id models.ID, at models.Instant) error {
	return failure(tx.db.Model(&models.MagicLink{}).
		Where("id = ? AND project_id = ? AND opened_at IS NULL", id, projectID).
		Update("opened_at", at).Error)
}

// RedeemLink spends the link by one conditional write. Of two racing redemptions
// exactly one changes the row; the other gets ErrConflict, as does whoever comes
// after redemption, revocation or expiry.
func (tx *Tx) RedeemLink(projectID string, id models.ID, at models.Instant) error {
	return changedOne(tx.db.Model(&models.MagicLink{}).
		Where("id = ? AND project_id = ? AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > ?",
			id, projectID, at).
		Update("redeemed_at", at))
}

// RevokeSiblings revokes the person's other open links of the same challenge: they
// were asked for by the flow that has just come to its end.
func (tx *Tx) RevokeSiblings(link models.MagicLink, at models.Instant) error {
	return failure(tx.db.Model(&models.MagicLink{}).
		Where("user_id = ? AND challenge = ? AND project_id = ? AND id <> ?",
			link.UserID, link.Challenge, link.ProjectID, link.ID).
		Where("redeemed_at IS NULL AND revoked_at IS NULL").
		Update("revoked_at", at).Error)
}
