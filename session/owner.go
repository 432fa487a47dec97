package session

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// Owner finds the person of a living session, and the session.
func (s *Service) Owner(ctx context.Context, projectID string, c Credentials) (*models.User, models.ID, error) {
	if err := c.check(); err != nil {
		return nil, models.ID{}, err
	}
	session, err := s.find(ctx, projectID, c)
	if err != nil {
		return nil, models.ID{}, err
	}
	user, err := s.person(ctx, session)
	return user, session.ID, err
}

// person finds a session's person. One who was deleted a moment ago took the session
// along.
func (s *Service) person(ctx context.Context, session *models.Session) (*models.User, error) {
	user, err := s.Store.Read(ctx).User(session.ProjectID, session.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.SessionNotFound
	}
	return user, err
}
