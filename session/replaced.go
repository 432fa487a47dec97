package session

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// replacedFor is how long a token that was replaced is told apart from one whose session
// is over: longer than a request is on its way.
const replacedFor = 10 * time.Second

// ExplainReplaced makes another refusal of problem.SessionNotFound where the token was
// its session's until a moment ago. A browser asks for its session while a redemption goes
// on in it; told that the session is over, it would throw away the new token with the old.
// The old one opens nothing all the same, and learns no more than that.
func (s *Service) ExplainReplaced(ctx context.Context, projectID string, c Credentials, refusal error) error {
	if c.Token == "" || !errors.Is(refusal, problem.SessionNotFound) {
		return refusal
	}
	previous, err := s.Keys.Open(sealed.Session, c.Token)
	if err != nil {
		return refusal
	}
	session, err := s.Store.Read(ctx).SessionReplaced(projectID, previous)
	switch now := s.Now(); {
	case errors.Is(err, store.ErrNotFound):
		return refusal
	case err != nil:
		return err
	// The id that a token seals begins with the time at which it was made.
	case session.Alive(models.At(now)) && now.Before(session.TokenID.Time().Add(replacedFor)):
		return problem.SessionTokenReplaced
	}
	return refusal
}
