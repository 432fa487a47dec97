package users

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
)

// Update makes the changes. Of two at once both count: what one merges into is what the
// other left.
func (s *Service) Update(ctx context.Context, projectID, name string, changes profile.Changes) (*Person, error) {
	person, err := s.change(ctx, projectID, name, changes.AppliedTo)
	if errors.Is(err, store.ErrConflict) { // the person is locked and so cannot be gone
		return nil, problem.DuplicateUserExternalID
	}
	return person, err
}

// DeleteExternalID takes the app's own id from a person, who may have none.
func (s *Service) DeleteExternalID(ctx context.Context, projectID, name string) (*Person, error) {
	return s.change(ctx, projectID, name, func(user models.User) (models.User, error) {
		user.ExternalID = nil
		return user, nil
	})
}

// change replaces a person by what the step makes of them.
func (s *Service) change(ctx context.Context, projectID, name string, step func(models.User) (models.User, error)) (person *Person, err error) {
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		known, err := locked(tx, projectID, name)
		if err != nil {
			return err
		}
		user, err := step(*known)
		if err != nil {
			return err
		}
		person, err = kept(tx, user)
		return err
	})
	return person, err
}
