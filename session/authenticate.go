package session

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// Credentials name a session by one of what stands for it.
type Credentials struct {
	Token string
	JWT   string
}

func (c Credentials) check() error {
	switch {
	case c.Token == "" && c.JWT == "":
		return problem.NoSessionArguments
	case c.Token != "" && c.JWT != "":
		return problem.TooManySessionArguments
	}
	return nil
}

// Authenticated is a living session and whose it is.
type Authenticated struct {
	Issued
	User models.User
}

// Changes are what the caller wants changed in a session. The zero value is nothing.
type Changes struct {
	Minutes *int          // until its end from now on
	Claims  models.Object // changes of the custom claims; null deletes
}

// Authenticate finds the living session behind the credentials, notes that it was
// used, makes the changes and issues a fresh JWT. An expired JWT is good as long as its
// session lives.
func (s *Service) Authenticate(ctx context.Context, projectID string, c Credentials, changes Changes) (*Authenticated, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	end, err := s.newEnd(changes.Minutes)
	if err != nil {
		return nil, err
	}
	if err := checkClaims(changes.Claims); err != nil {
		return nil, err
	}
	session, err := s.find(ctx, projectID, c)
	if err != nil {
		return nil, err
	}
	if err := s.touch(ctx, session, end, changes.Claims); err != nil {
		return nil, err
	}
	return s.authenticated(ctx, *session)
}

func (s *Service) authenticated(ctx context.Context, session models.Session) (*Authenticated, error) {
	user, err := s.person(ctx, &session)
	if err != nil {
		return nil, err
	}
	emails, err := s.Store.Read(ctx).EmailsOf(session.ProjectID, session.UserID)
	if err != nil {
		return nil, err
	}
	issued, err := s.issue(session, emails)
	if err != nil {
		return nil, err
	}
	return &Authenticated{Issued: *issued, User: *user}, nil
}

func (s *Service) newEnd(minutes *int) (*models.Instant, error) {
	if minutes == nil {
		return nil, nil
	}
	life, err := Duration(*minutes)
	if err != nil {
		return nil, err
	}
	return models.At(s.Now()).Add(life).Ptr(), nil
}

// touch can still meet a revocation that came after the look-up.
func (s *Service) touch(ctx context.Context, session *models.Session, end *models.Instant, claims models.Object) error {
	session.LastAccessedAt = models.At(s.Now())
	write := (*store.Tx).TouchSession
	if end != nil {
		session.ExpiresAt, write = *end, (*store.Tx).ExtendSession
	}
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		if err := changeClaims(tx, session, claims); err != nil {
			return err
		}
		return write(tx, *session)
	})
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return problem.SessionNotFound
	}
	return err
}

// changeClaims makes the changes to what the row says by now: of two who change
// different claims at once, both have their way.
func changeClaims(tx *store.Tx, session *models.Session, changes models.Object) error {
	if len(changes) == 0 {
		return nil
	}
	row, err := tx.LockSession(session.ProjectID, session.ID)
	if err != nil {
		return err
	}
	if session.CustomClaims, err = mergeClaims(row.CustomClaims, changes); err != nil {
		return err
	}
	row.CustomClaims, row.LastAccessedAt = session.CustomClaims, session.LastAccessedAt
	return tx.UpdateSession(*row)
}

// Revocation names the session to end by exactly one of the three.
type Revocation struct {
	SessionID string
	Credentials
}

func (r Revocation) check() error {
	given := 0
	for _, argument := range []string{r.SessionID, r.Token, r.JWT} {
		if argument != "" {
			given++
		}
	}
	switch given {
	case 0:
		return problem.NoSessionRevokeArguments
	case 1:
		return nil
	}
	return problem.TooManySessionRevokeArguments
}

// Revoke ends a session at once. Its JWTs go on verifying offline until they expire,
// at most five minutes later.
func (s *Service) Revoke(ctx context.Context, projectID string, r Revocation) error {
	if err := r.check(); err != nil {
		return err
	}
	id, err := s.sessionID(ctx, projectID, r)
	if err != nil {
		return err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.RevokeSession(projectID, id, models.At(s.Now()))
	})
	if errors.Is(err, store.ErrConflict) {
		return problem.SessionNotFound
	}
	return err
}

func (s *Service) sessionID(ctx context.Context, projectID string, r Revocation) (models.ID, error) {
	if r.SessionID != "" {
		id, err := models.ParsePublicID("session", projectID, r.SessionID)
		if err != nil {
			return id, problem.InvalidSessionID.Because(err)
		}
		return id, nil
	}
	session, err := s.find(ctx, projectID, r.Credentials)
	if err != nil {
		return models.ID{}, err
	}
	return session.ID, nil
}

// find returns the session that lives behind the credentials. One that never was,
// has ended or belongs to another project is the same to the caller.
func (s *Service) find(ctx context.Context, projectID string, c Credentials) (*models.Session, error) {
	session, err := s.lookUp(ctx, projectID, c)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.SessionNotFound
	}
	if err != nil {
		return nil, err
	}
	if !session.Alive(models.At(s.Now())) {
		return nil, problem.SessionNotFound
	}
	return session, nil
}

func (s *Service) lookUp(ctx context.Context, projectID string, c Credentials) (*models.Session, error) {
	read := s.Store.Read(ctx)
	if c.JWT != "" {
		return s.lookUpJWT(read, projectID, c.JWT)
	}
	if !sealed.WellFormed(c.Token) {
		return nil, problem.InvalidSessionToken
	}
	id, err := s.Keys.Open(sealed.Session, c.Token)
	if err != nil {
		return nil, problem.SessionNotFound.Because(err)
	}
	return read.SessionByToken(projectID, id)
}

// lookUpJWT finds the session that a JWT names, unless the session has got another token
// since: whoever holds what is older must not be answered with the new one. All JWTs are
// of the token that it began with, if it has that still; then their times say nothing,
// as they do not after a clock was set back.
func (s *Service) lookUpJWT(read store.Reader, projectID, jwt string) (*models.Session, error) {
	id, issued, err := s.Signer.verify(projectID, jwt, s.Now())
	if err != nil {
		return nil, problem.InvalidSessionJWT.Because(err)
	}
	session, err := read.Session(projectID, id)
	if err != nil {
		return nil, err
	}
	changed := session.TokenID.Time()
	if models.At(changed) != session.StartedAt && issued.Add(clockSkew).Before(changed) {
		return nil, problem.SessionNotFound
	}
	return session, nil
}
