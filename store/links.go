package store

import "latchkey/models"

// Link finds a link by its id alone: whoever holds its token may know its project.
func (r Reader) Link(id models.ID) (*models.MagicLink, error) {
	return one[models.MagicLink](r, "id = $1", id)
}

// InsertLink writes a new link together with the mail that carries it, if one does.
func (tx *Tx) InsertLink(link models.MagicLink, carriers ...models.QueuedMail) error {
	if err := tx.insert(&link); err != nil {
		return err
	}
	for _, mail := range carriers {
		if err := tx.InsertMail(mail); err != nil {
			return err
		}
	}
	return nil
}

// RevokeInvites revokes the address's open invitations.
func (tx *Tx) RevokeInvites(email models.Email, at models.Instant) error {
	return tx.change(`
UPDATE magic_links SET revoked_at = $1
WHERE user_id = $2 AND project_id = $3 AND email_id = $4 AND kind = $5 AND redeemed_at IS NULL AND revoked_at IS NULL`,
		at, email.UserID, email.ProjectID, email.ID, models.LinkInvite)
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
	return tx.changeOne(`
UPDATE magic_links SET redeemed_at = $1
WHERE id = $2 AND project_id = $3 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > $4`,
		at, id, projectID, at)
}

// RevokeSiblings revokes the person's other open links of the same challenge: they
// were asked for by the flow that has just come to its end.
func (tx *Tx) RevokeSiblings(link models.MagicLink, at models.Instant) error {
	return tx.change(`
UPDATE magic_links SET revoked_at = $1
WHERE user_id = $2 AND challenge = $3 AND project_id = $4 AND id <> $5 AND redeemed_at IS NULL AND revoked_at IS NULL`,
		at, link.UserID, link.Challenge, link.ProjectID, link.ID)
}

// RevokeLink revokes a link, unless it was redeemed or revoked before.
func (tx *Tx) RevokeLink(link models.MagicLink, at models.Instant) error {
	return failure(tx.db.Model(&models.MagicLink{}).
		Where("id = ? AND project_id = ? AND redeemed_at IS NULL AND revoked_at IS NULL", link.ID, link.ProjectID).
		Update("revoked_at", at).Error)
}
