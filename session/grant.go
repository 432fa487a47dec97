package session

import (
	"context"
	"errors"
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
	Attributes Attributes    // of a new session; one that goes on keeps those it began with
	Life       time.Duration // 0 with Continues: the end stays as it is
	Claims     models.Object // changes of the custom claims; null deletes
	Continues  Credentials   // the session to go on in; zero: a new one
}

// Prepare makes the session of somebody who is about to come in, with its credentials,
// and refuses what there is to refuse: credentials that name no living session of the
// same person, and claims that nobody may set. It writes nothing. The session counts
// only once the transaction that spends the link has kept it: until then its
// credentials open nothing.
func (s *Service) Prepare(ctx context.Context, g Grant) (*Issued, error) {
	if err := checkClaims(g.Claims); err != nil {
		return nil, err
	}
	if g.Continues != (Credentials{}) {
		return s.goOn(ctx, g)
	}
	claims, err := mergeClaims(nil, g.Claims)
	if err != nil {
		return nil, err
	}
	now := models.At(s.Now())
	return s.issue(models.Session{
		ID: models.NewID(now.Time()), ProjectID: g.User.ProjectID, UserID: g.User.ID,
		FactorID: g.Factor, Method: g.Method, CustomClaims: claims,
		TokenID: models.NewID(now.Time()), KeyID: s.Keys.Active(),
		IPAddress: g.Attributes.IPAddress, UserAgent: g.Attributes.UserAgent,
		AuthenticatedAt: now, StartedAt: now, LastAccessedAt: now, ExpiresAt: now.Add(g.Life),
	}, g.Emails)
}

// Keep writes what Prepare made. ErrConflict: the session to go on in has ended, or
// somebody else went on in it and so has its token.
func (s *Service) Keep(tx *store.Tx, issued *Issued) error {
	if issued.continues == nil {
		return tx.InsertSession(issued.Session)
	}
	session, err := tx.LockSession(issued.Session.ProjectID, issued.Session.ID)
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrConflict
	}
	if err != nil {
		return err
	}
	if err := issued.continues.apply(session); err != nil {
		return err
	}
	return tx.UpdateSession(*session)
}

// goOn prepares a living session for one factor more. Whoever holds its old token may
// be somebody else than whoever has just come in, so it gets a new one; the id stays.
func (s *Service) goOn(ctx context.Context, g Grant) (*Issued, error) {
	if err := g.Continues.check(); err != nil {
		return nil, err
	}
	session, err := s.find(ctx, g.User.ProjectID, g.Continues)
	if err != nil {
		return nil, err
	}
	if session.UserID != g.User.ID {
		return nil, problem.SessionNotFound
	}
	now := s.Now()
	c := &continuation{
		grant: g, at: models.At(now),
		before: session.TokenID, token: models.NewID(now), keyID: s.Keys.Active(),
	}
	if err := c.apply(session); err != nil {
		return nil, err
	}
	issued, err := s.issue(*session, g.Emails)
	if err != nil {
		return nil, err
	}
	issued.continues = c
	return issued, nil
}

// continuation is what a redemption changes in the session it goes on in. It is made
// twice: for the answer, and in the transaction on what the row says by then, so that
// nothing is lost that somebody else changed meanwhile.
type continuation struct {
	grant  Grant
	at     models.Instant
	before models.ID // what the token sealed until now
	token  models.ID // and from now on
	keyID  byte
}

func (c *continuation) apply(session *models.Session) (err error) {
	if session.TokenID != c.before {
		return store.ErrConflict
	}
	session.TokenID, session.PreviousTokenID, session.KeyID, session.LastAccessedAt = c.token, &c.before, c.keyID, c.at
	if c.grant.Life > 0 {
		session.ExpiresAt = c.at.Add(c.grant.Life)
	}
	session.Show(c.grant.Method, c.grant.Factor, c.at)
	session.CustomClaims, err = mergeClaims(session.CustomClaims, c.grant.Claims)
	return err
}
