package store

import "latchkey/models"

// DropMails deletes a batch of the mails that carry links to an address, and returns the
// links of those that nobody holds. A sender that holds one finds it gone when it is
// done. more: there may be others.
func (tx *Tx) DropMails(email models.Email) (links []models.ID, more bool, err error) {
	return tx.dropMails(email.ProjectID, `address = '' AND link_id IN
		(SELECT id FROM magic_links WHERE user_id = ? AND email_id = ?)`, email.UserID, email.ID)
}

// DropNotices is DropMails for the mails that tell an address something, of its person or
// of nobody. Those of other persons who named the same address are not its person's to
// take away.
func (tx *Tx) DropNotices(email models.Email) (links []models.ID, more bool, err error) {
	return tx.dropMails(email.ProjectID, `address = ? AND
		(link_id = ? OR link_id IN (SELECT id FROM magic_links WHERE user_id = ?))`, email.Address, models.ID{}, email.UserID)
}

func (tx *Tx) dropMails(projectID, which string, values ...any) (links []models.ID, more bool, err error) {
	var mails []models.QueuedMail
	// The status is written out for the partial index: what is owed is little, whatever
	// lies there that has ended.
	err = tx.db.Where("status = 'queued' AND project_id = ?", projectID).Where("("+which+")", values...).
		Limit(batchSize).Find(&mails).Error
	if err != nil || len(mails) == 0 {
		return nil, false, failure(err)
	}
	ids := make([]models.ID, len(mails))
	for i, mail := range mails {
		ids[i] = mail.ID
		if mail.ClaimedUntil <= tx.now() {
			links = append(links, mail.LinkID)
		}
	}
	_, err = tx.delete("DELETE FROM queued_mails WHERE id IN ?", ids)
	return links, len(mails) == batchSize, err
}

// DropLinks deletes a batch of a person's links, with the mails that carried them.
// more: there may be others.
func (tx *Tx) DropLinks(user models.User) (more bool, err error) {
	var ids []models.ID
	err = tx.db.Model(&models.MagicLink{}).Where("user_id = ? AND project_id = ?", user.ID, user.ProjectID).
		Limit(batchSize).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return false, failure(err)
	}
	for _, table := range []string{"magic_links", "queued_mails"} { // they share their ids
		if _, err := tx.delete("DELETE FROM "+table+" WHERE id IN ?", ids); err != nil {
			return false, err
		}
	}
	return len(ids) == batchSize, nil
}

// DropSessions deletes a batch of a person's sessions. more: there may be others.
func (tx *Tx) DropSessions(user models.User) (more bool, err error) {
	n, err := tx.delete(`DELETE FROM sessions WHERE id IN
		(SELECT id FROM sessions WHERE user_id = ? AND project_id = ? LIMIT ?)`, user.ID, user.ProjectID, batchSize)
	return n == batchSize, err
}

// DropEmail deletes an address. Its links are to be revoked and its mails dropped before.
func (tx *Tx) DropEmail(email models.Email) error {
	_, err := tx.delete("DELETE FROM emails WHERE id = ? AND project_id = ?", email.ID, email.ProjectID)
	return err
}

// DropUser deletes a person of whom nothing else is left.
func (tx *Tx) DropUser(user models.User) error {
	_, err := tx.delete("DELETE FROM users WHERE id = ? AND project_id = ?", user.ID, user.ProjectID)
	return err
}

// RevokeLinksTo revokes the open links that were asked for for an address.
func (tx *Tx) RevokeLinksTo(email models.Email, at models.Instant) error {
	return failure(tx.db.Model(&models.MagicLink{}).
		Where("user_id = ? AND project_id = ? AND email_id = ?", email.UserID, email.ProjectID, email.ID).
		Where("redeemed_at IS NULL AND revoked_at IS NULL").
		Update("revoked_at", at).Error)
}
