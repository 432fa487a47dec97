package store

import (
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// InsertEmail adds an address to a person. ErrConflict: its identity is somebody's.
func (tx *Tx) InsertEmail(email models.Email) error {
	return tx.insert(&email)
}

// KeepAttached moves the end of an attached address's time to AttachedUntil.
// ErrConflict: it waits no more.
func (tx *Tx) KeepAttached(email models.Email) error {
	return changedOne(tx.db.Model(&models.Email{}).
		Where("id = ? AND project_id = ? AND attached_until IS NOT NULL", email.ID, email.ProjectID).
		Update("attached_until", email.AttachedUntil))
}

// LockAddress finds an address by its id, or ErrNotFound, and lets nobody else change it
// before the transaction ends. SQLite has one writer and so needs no lock.
func (tx *Tx) LockAddress(projectID string, id models.ID) (*models.Email, error) {
	return first[models.Email](tx.db.
		Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("id = ? AND project_id = ?", id, projectID))
}

// ProveAttached makes an identity of an attached address, and an active person of whose
// it is. Where the identity was free a moment ago and is somebody's now, the transaction
// starts over; SQLite has one writer, so there it still is. ErrConflict: its time is over, or
// the identity is somebody's each time.
func (tx *Tx) ProveAttached(email models.Email, at models.Instant) error {
	result := tx.db.Model(&models.Email{}).
		Where("id = ? AND project_id = ? AND attached_until > ?", email.ID, email.ProjectID, at).
		Updates(map[string]any{"identity": email.Identity, "verified_at": at, "attached_until": nil})
	if errors.Is(result.Error, gorm.ErrDuplicatedKey) {
		return late(result.Error)
	}
	if err := changedOne(result); err != nil {
		return err
	}
	return tx.ActivateUser(email.ProjectID, email.UserID)
}

// DropStranger takes an address from somebody who never proved it, with the links that
// were mailed there, and the person too if nothing else is known of them.
//
// Links are revoked twice. Whoever redeems one holds it and then wants its address, so they
// come first, or the two would wait for each other; a start that was under way has kept the
// address until it had written one more.
func (tx *Tx) DropStranger(email models.Email, at models.Instant) error {
	if err := tx.RevokeLinksTo(email, at); err != nil {
		return err
	}
	_, err := tx.delete("DELETE FROM emails WHERE id = ? AND project_id = ? AND verified_at IS NULL", email.ID, email.ProjectID)
	if err != nil {
		return err
	}
	if err := tx.RevokeLinksTo(email, at); err != nil {
		return err
	}
	_, err = tx.delete(`DELETE FROM users WHERE id = ? AND project_id = ? AND NOT kept
		AND NOT EXISTS (SELECT 1 FROM emails WHERE emails.user_id = users.id)`, email.UserID, email.ProjectID)
	return err
}
