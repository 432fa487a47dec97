package session

import (
	"context"
	"slices"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// Grant is what a redemption gives a session for.
type Grant struct {
	User       models.User
	Emails     []models.Email // the person's
	Factor     models.ID      // the address that is about to be proven, or the embedded link
	Method     models.Method
	Attributes Attributes
	Life       time.Duration // 0 with Continues: its end stays as it is
	Claims     models.Object // changes; null deletes
	Continues  Credentials   // the session to go on in; zero starts one
}

// Prepare makes the session of somebody who is about to come in, with its credentials.
// It counts only once the transaction that spends the link has kept it: until then the
// credentials open nothing.
func (s *Service) Prepare(ctx context.Context, g Grant) (*Issued, error) {
	if g.Continues != (Credentials{}) {
		return s.prepareContinued(ctx, g)
	}
	now := models.At(s.Now())
	return s.issue(models.Session{
		ID: models.NewID(now.Time()), ProjectID: g.User.ProjectID, UserID: g.User.ID, FactorID: g.Factor,
		TokenID: models.NewID(now.Time()), KeyID: s.Keys.Active(),
		Method: g.Method, IPAddress: g.Attributes.IPAddress, UserAgent: g.Attributes.UserAgent,
		AuthenticatedAt: now, StartedAt: now, LastAccessedAt: now, ExpiresAt: now.Add(g.Life),
	}, emailOf(g))
}

// prepareContinued gives a living session of the same person a new token.
func (s *Service) prepareContinued(ctx context.Context, g Grant) (*Issued, error) {
	user, id, err := s.Owner(ctx, g.User.ProjectID, g.Continues)
	if err != nil {
		return nil, err
	}
	if user.ID != g.User.ID {
		return nil, problem.SessionNotFound
	}
	session, err := s.Store.Read(ctx).Session(g.User.ProjectID, id)
	if err != nil {
		return nil, err
	}
	session.TokenID, session.LastAccessedAt = models.NewID(s.Now()), models.At(s.Now())
	issued, err := s.issue(*session, emailOf(g))
	if err == nil {
		issued.continued = true
	}
	return issued, err
}

func emailOf(g Grant) (email models.Email) {
	if at := slices.IndexFunc(g.Emails, func(e models.Email) bool { return e.ID == g.Factor }); at >= 0 {
		email = g.Emails[at]
	}
	return email
}

// Keep writes what Prepare made. ErrConflict: the session to go on in has ended.
func (s *Service) Keep(tx *store.Tx, issued *Issued) error {
	if issued.continued {
		return tx.TouchSession(issued.Session)
	}
	return tx.InsertSession(issued.Session)
}
