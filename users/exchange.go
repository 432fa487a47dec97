package users

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/store"
)

// Exchange puts a new address in the place of a person's only one. It is theirs from
// now on, unproven: the app says so with the project's secret, as when it creates a
// person, and one that waited for its proof would be gone after five minutes and leave
// the person without any. What rested on the old address ends, as when it is deleted,
// and with it whatever is attached.
func (s *Service) Exchange(ctx context.Context, projectID, name, address string) (person *Person, err error) {
	project, err := s.project(projectID)
	if err != nil {
		return nil, err
	}
	parsed, err := project.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		user, err := find(tx.Reader, projectID, name)
		if err != nil {
			return err
		}
		person, err = s.exchange(tx, projectID, user.ID, parsed)
		return err
	})
	if errors.Is(err, store.ErrConflict) { // somebody was faster
		return nil, problem.DuplicateEmail
	}
	return person, err
}

func (s *Service) exchange(tx *store.Tx, projectID string, id models.ID, address magiclink.Address) (*Person, error) {
	emails, err := tx.EmailsOf(projectID, id)
	if err != nil {
		return nil, err
	}
	user, emails, err := s.lockPerson(tx, projectID, id, emails...)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.UserNotFound
	}
	if err != nil {
		return nil, err
	}
	if err := checkExchange(tx, emails, *user, address); err != nil {
		return nil, err
	}
	if err := s.replace(tx, emails, newEmail(*user, address, s.now())); err != nil {
		return nil, err
	}
	return kept(tx, *user)
}

// replace puts a new address in the place of all others.
func (s *Service) replace(tx *store.Tx, old []models.Email, by models.Email) error {
	for _, email := range old {
		if err := s.removeEmail(tx, email, addressExchanged); err != nil {
			return err
		}
	}
	if err := tx.InsertEmail(by); err != nil {
		return err
	}
	return s.note(tx, models.EventEmailAdded, by, models.ID{}, addressExchanged)
}

func checkExchange(tx *store.Tx, emails []models.Email, user models.User, address magiclink.Address) error {
	own := 0
	for _, email := range emails {
		if !email.Attached() {
			own++
		}
	}
	if own > 1 {
		return problem.InvalidExchangeUser
	}
	holder, err := tx.EmailByIdentity(user.ProjectID, address.Identity())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case holder.UserID == user.ID:
		return problem.DuplicateEmailForUser
	}
	return problem.DuplicateEmail
}
