package session

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// listLimit bounds an answer. A person has fewer clients than that; a test account that
// logs in by the minute has not.
const listLimit = 100

// List finds a person by their id, or by the app's own name for them, and lists their
// living sessions, those begun last first and no more than listLimit, with the
// addresses by which their factors are described.
func (s *Service) List(ctx context.Context, projectID, user string) ([]models.Session, []models.Email, error) {
	read := s.Store.Read(ctx)
	person, err := read.UserNamed(projectID, user)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, problem.UserNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	emails, err := read.EmailsOf(projectID, person.ID)
	if err != nil {
		return nil, nil, err
	}
	sessions, err := read.SessionsOf(projectID, person.ID, models.At(s.Now()), listLimit)
	return sessions, emails, err
}
