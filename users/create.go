package users

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
)

// CreateRequest asks for a new person. Empty means not given.
type CreateRequest struct {
	ProjectID string
	Email     string
	AsPending bool // until they come in; otherwise they are active at once
	Profile   profile.Changes
}

// Create makes a person whom the app names. The address is theirs from now on, though
// nobody has proven it: whoever can read its mail comes in as this person. It is the
// app that says so, and it has the project's secret.
func (s *Service) Create(ctx context.Context, r CreateRequest) (*Person, error) {
	user, email, err := s.newPerson(r)
	if err != nil {
		return nil, err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		_, created, err := tx.EnsurePerson(user, email)
		if err != nil {
			return err
		}
		if !created {
			return problem.DuplicateEmail
		}
		return s.note(tx, models.EventUserCreated, email, models.ID{}, "")
	})
	if errors.Is(err, store.ErrConflict) { // no other key of a new row can be taken
		return nil, problem.DuplicateUserExternalID
	}
	return &Person{User: user, Emails: []models.Email{email}}, err
}

// newPerson decides every refusal that needs no database.
func (s *Service) newPerson(r CreateRequest) (user models.User, email models.Email, err error) {
	project, err := s.project(r.ProjectID)
	if err != nil {
		return user, email, err
	}
	if r.Email == "" {
		return user, email, problem.InvalidCreateUserRequest
	}
	address, err := project.ParseAddress(r.Email)
	if err != nil {
		return user, email, err
	}
	now := s.now()
	status := models.UserActive
	if r.AsPending {
		status = models.UserPending
	}
	user, err = r.Profile.AppliedTo(models.User{
		ID: models.NewID(now.Time()), ProjectID: project.ID, Status: status, Kept: true, CreatedAt: now,
	})
	return user, newEmail(user, address, now), err
}

func newEmail(user models.User, address magiclink.Address, now models.Instant) models.Email {
	return models.Email{
		ID: models.NewID(now.Time()), ProjectID: user.ProjectID, UserID: user.ID,
		Address: address.String(), Identity: address.Identity(), CreatedAt: now,
	}
}
