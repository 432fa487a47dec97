package store

import (
	"slices"

	"latchkey/models"
)

// DropMails deletes a batch of the mails that carry links to an address, and returns the
// links of those that nobody holds. A sender that holds one finds it gone when it is
// done. more: there may be others.
func (tx *Tx) DropMails(email models.Email) (links []models.ID, more bool, err error) {
	return tx.dropMails(email.ProjectID, `address = '' AND link_id IN
		(SELECT id FROM magic_links WHERE user_id = ? AND email_id = ?)`, email.UserID, email.ID)
}

// DropNotices is DropMails for the mails that tell an address something, of its person or
// of nobody. Those of other persons who named the same address are not its person's to
// take away. One whose link is gone is the person's: their links are deleted first, and a
// redemption may have written it meanwhile.
func (tx *Tx) DropNotices(email models.Email) (links []models.ID, more bool, err error) {
	return tx.dropMails(email.ProjectID, `address = ? AND NOT EXISTS
		(SELECT 1 FROM magic_links WHERE magic_links.id = link_id AND user_id <> ?)`, email.Address, email.UserID)
}

// The status is written out for the partial index: what is owed is little, whatever lies
// there that has ended.
func (tx *Tx) dropMails(projectID, which string, values ...any) (links []models.ID, more bool, err error) {
	values = append(append([]any{projectID}, values...), batchSize)
	mails, err := tx.deleteMails(`id IN (SELECT id FROM queued_mails
		WHERE status = 'queued' AND project_id = ? AND (`+which+`) LIMIT ?)`, values...)
	for _, mail := range mails {
		if mail.ClaimedUntil <= tx.now() {
			links = append(links, mail.LinkID)
		}
	}
	return links, len(mails) == batchSize, err
}

// deleteMails returns what it has deleted: of two who delete the same mail at once, one
// gets it and writes down what became of it.
func (tx *Tx) deleteMails(where string, values ...any) (mails []models.QueuedMail, err error) {
	err = tx.db.Raw("DELETE FROM queued_mails WHERE "+where+" RETURNING id, link_id, status, claimed_until", values...).Scan(&mails).Error
	return mails, failure(err)
}

// DropLinks deletes a batch of a person's links, with the mails that carried them, and
// returns those whose mail was still owed and that nobody holds. more: there may be others.
func (tx *Tx) DropLinks(user models.User) (owed []models.MagicLink, more bool, err error) {
	var links []models.MagicLink
	err = tx.db.Where("user_id = ? AND project_id = ?", user.ID, user.ProjectID).Limit(batchSize).Find(&links).Error
	if err != nil || len(links) == 0 {
		return nil, false, failure(err)
	}
	ids := make([]models.ID, len(links))
	for i, link := range links {
		ids[i] = link.ID
	}
	if _, err := tx.delete("DELETE FROM magic_links WHERE id IN ?", ids); err != nil {
		return nil, false, err
	}
	mails, err := tx.deleteMails("id IN ?", ids) // they share their ids
	if err != nil {
		return nil, false, err
	}
	unsent := make(map[models.ID]bool)
	for _, mail := range mails {
		unsent[mail.ID] = mail.Status == models.MailQueued && mail.ClaimedUntil <= tx.now()
	}
	owed = slices.DeleteFunc(links, func(link models.MagicLink) bool { return !unsent[link.ID] })
	return owed, len(ids) == batchSize, nil
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
