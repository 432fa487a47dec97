package store

import (
	"errors"

	"gorm.io/gorm/clause"

	"latchkey/models"
)

// EmailByIdentity finds an address by its key, or ErrNotFound.
func (r Reader) EmailByIdentity(projectID, identity string) (*models.Email, error) {
	return first[models.Email](r.db.Where("project_id = ? AND identity = ?", projectID, identity))
}

// Email finds an address by its id, or ErrNotFound.
func (r Reader) Email(projectID string, id models.ID) (*models.Email, error) {
	return first[models.Email](r.db.Where("id = ? AND project_id = ?", id, projectID))
}

// User finds a person, or ErrNotFound.
func (r Reader) User(projectID string, id models.ID) (*models.User, error) {
	return first[models.User](r.db.Where("id = ? AND project_id = ?", id, projectID))
}

// UserNamed finds a person by the id that users have outside or by the app's own name
// for them, or ErrNotFound.
func (r Reader) UserNamed(projectID, name string) (*models.User, error) {
	if id, err := models.ParsePublicID("user", projectID, name); err == nil {
		return r.User(projectID, id)
	}
	return first[models.User](r.db.Where("project_id = ? AND external_id = ?", projectID, name))
}

// EmailsOf lists a person's addresses, oldest first.
func (r Reader) EmailsOf(projectID string, user models.ID) ([]models.Email, error) {
	var emails []models.Email
	err := r.db.Where("project_id = ? AND user_id = ?", projectID, user).Order("id").Find(&emails).Error
	return emails, failure(err)
}

// EnsurePerson writes the person and the address unless the address is known, and
// returns the address as it stands. created says whether they are new. Two starts
// for one new address, in one batch or on two replicas, end with one person.
func (tx *Tx) EnsurePerson(user models.User, email models.Email) (known *models.Email, created bool, err error) {
	known, err = tx.lockEmail(email.ProjectID, email.Identity)
	if !errors.Is(err, ErrNotFound) {
		return known, false, err
	}
	inserted, err := tx.insertOrNothing(&email)
	if err != nil {
		return nil, false, err
	}
	if !inserted { // another transaction was faster
		known, err = tx.lockEmail(email.ProjectID, email.Identity)
		return known, false, err
	}
	if err := tx.insert(&user); err != nil {
		return nil, false, err
	}
	return &email, true, nil
}

// lockEmail finds an address and keeps the janitor from deleting it before the
// transaction ends. SQLite has one writer and so needs no lock.
func (tx *Tx) lockEmail(projectID, identity string) (*models.Email, error) {
	return first[models.Email](tx.db.
		Clauses(clause.Locking{Strength: clause.LockingStrengthShare}).
		Where("project_id = ? AND identity = ?", projectID, identity))
}

// ProveEmail notes that a link mailed to the address was redeemed, and that its
// person has come in.
func (tx *Tx) ProveEmail(email models.Email, at models.Instant) error {
	if email.VerifiedAt == nil {
		proven := tx.db.Model(&models.Email{}).
			Where("id = ? AND project_id = ? AND verified_at IS NULL", email.ID, email.ProjectID).
			Update("verified_at", at)
		if proven.Error != nil {
			return failure(proven.Error)
		}
	}
	return failure(tx.db.Model(&models.User{}).
		Where("id = ? AND project_id = ? AND status = ?", email.UserID, email.ProjectID, models.UserPending).
		Update("status", models.UserActive).Error)
}
