package session

import (
	"context"

	"latchkey/models"
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
	user, err := s.Store.Read(ctx).User(projectID, session.UserID)
	return user, session.ID, err
}
