package store

import (
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// EmailsOfUsers lists the addresses of several persons, each one's oldest first,
// without attached ones that were not proven in time.
func (r Reader) EmailsOfUsers(projectID string, users []models.User) (map[models.ID][]models.Email, error) {
	ids := make([]models.ID, len(users))
	for i, user := range users {
		ids[i] = user.ID
	}
	var emails []models.Email
	err := r.db.Where("project_id = ? AND user_id IN ?", projectID, ids).
		Where("(attached_until IS NULL OR attached_until > ?)", r.now()).
		Order("id").Find(&emails).Error
	of := make(map[models.ID][]models.Email, len(users))
	for _, email := range emails {
		of[email.UserID] = append(of[email.UserID], email)
	}
	return of, failure(err)
}

// LockPerson locks a person with all their addresses, and returns both as they are now:
// also addresses whose time is over. Whoever starts a link for one of them, or attaches
// another, waits for the end of this transaction. ErrNotFound: the person is gone.
//
// Addresses are locked before the person, as who proves one does. One may be attached in
// between, so they are looked for again.
func (tx *Tx) LockPerson(projectID string, id models.ID) (*models.User, []models.Email, error) {
	if _, err := tx.lockEmailsOf(projectID, id); err != nil {
		return nil, nil, err
	}
	user, err := tx.LockUser(projectID, id)
	if err != nil {
		return nil, nil, err
	}
	emails, err := tx.lockEmailsOf(projectID, id)
	return user, emails, err
}

func (tx *Tx) lockEmailsOf(projectID string, user models.ID) (emails []models.Email, err error) {
	err = tx.db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("user_id = ? AND project_id = ?", user, projectID).Order("id").Find(&emails).Error
	return emails, failure(err)
}
