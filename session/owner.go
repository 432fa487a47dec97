package session

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// Owner finds the person of a living session, and the session.
func (s *Service) Owner(ctx context.Context, projectID string, c Credentials) (*models.User, *models.Session, error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	session, err := s.find(ctx, projectID, c)
	if err != nil {
		return nil, nil, err
	}
	user, err := s.person(ctx, session)
	return user, session, err
}

// StillIn refuses a session that Owner has found and that is over by now, or has another
// token. Until the transaction ends it stays as it is.
func (s *Service) StillIn(tx *store.Tx, found *models.Session) error {
	session, err := tx.LockSession(found.ProjectID, found.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem.SessionNotFound
	case err != nil:
		return err
	case session.TokenID != found.TokenID || !session.Alive(models.At(s.Now())):
		return problem.SessionNotFound
	}
	return nil
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
