package magiclink

import (
	"context"
	"errors"
	"slices"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

const (
	// attachedFor is how long an address that was only said to be somebody's waits
	// for its proof.
	attachedFor = 5 * time.Minute
	// maxAttached is how many may wait at once: each is a mail to whomever.
	maxAttached = 5
)

// SendRequest asks for a link for somebody who is known: by the address or, where the
// address is to be attached, by one of the other three. Nobody is created.
type SendRequest struct {
	StartRequest
	User    string // the user's id, or the app's own name for them
	Session session.Credentials
}

// Send is Start without sign-up. An address that is not the named person's is attached
// to them: until it is proven, by a link that works for five minutes, it is no identity,
// and nobody comes in by it. What a session asked for is confirmed in that session only.
//
// To the app's back end an unknown address is a refusal. At a public door it is none:
// a mail tells the mailbox, and only it.
func (s *Service) Send(ctx context.Context, r SendRequest) (*Started, error) {
	plan, err := s.planStart(r.StartRequest)
	if err != nil {
		return nil, err
	}
	owner, err := s.owner(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.deliver(ctx, plan, func(tx *store.Tx) (recipient, error) {
		if owner == nil {
			return findPerson(tx, plan)
		}
		return s.findOrAttach(tx, plan, owner)
	})
}

// owner is who the address is said to be of.
type owner struct {
	user    *models.User
	session *models.Session // nil: the app's back end says so
}

// owner is nil where the request names nobody but the address.
func (s *Service) owner(ctx context.Context, r SendRequest) (*owner, error) {
	if r.Session != (session.Credentials{}) {
		if r.User != "" {
			return nil, problem.TooManySessionArguments
		}
		user, found, err := s.Sessions.Owner(ctx, r.ProjectID, r.Session)
		if err != nil {
			return nil, err
		}
		return &owner{user: user, session: found}, nil
	}
	if r.User == "" {
		return nil, nil
	}
	user, err := s.userNamed(ctx, r.ProjectID, r.User)
	if err != nil {
		return nil, err
	}
	return &owner{user: user}, nil
}

func (s *Service) userNamed(ctx context.Context, projectID, name string) (*models.User, error) {
	user, err := s.Store.Read(ctx).UserNamed(projectID, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.UserNotFound
	}
	return user, err
}

// lockOwner keeps the owner from being deleted while something is added to them, and their
// addresses from being proven, and reads both again. Who was in a session must still be: it
// may be over since, and with a person who was deleted it is.
func (s *Service) lockOwner(tx *store.Tx, o *owner) (*models.User, []models.Email, error) {
	user, emails, err := tx.LockPerson(o.user.ProjectID, o.user.ID)
	switch {
	case errors.Is(err, store.ErrNotFound) && o.session != nil:
		return nil, nil, problem.SessionNotFound
	case errors.Is(err, store.ErrNotFound):
		return nil, nil, problem.UserNotFound
	case err != nil:
		return nil, nil, err
	}
	now := s.now()
	emails = slices.DeleteFunc(emails, func(email models.Email) bool { return email.Gone(now) })
	if o.session == nil {
		return user, emails, nil
	}
	return user, emails, s.Sessions.StillIn(tx, o.session)
}

// findPerson finds the person of the address.
func findPerson(tx *store.Tx, p *plan) (recipient, error) {
	known, err := tx.FindPerson(p.project.ID, p.address.Identity())
	switch {
	case errors.Is(err, store.ErrNotFound) && p.caller != nil:
		return recipient{}, nil
	case errors.Is(err, store.ErrNotFound):
		return recipient{}, problem.EmailNotFound
	case err != nil:
		return recipient{}, err
	}
	return recipientOf(known), nil
}

// findOrAttach finds the address among the owner's, or attaches it.
func (s *Service) findOrAttach(tx *store.Tx, p *plan, owner *owner) (recipient, error) {
	user, emails, err := s.lockOwner(tx, owner)
	if err != nil {
		return recipient{}, err
	}
	to := recipient{kind: kindFor(user.Status)}
	if owner.session != nil {
		to.session = &owner.session.ID
	}
	waiting := 0
	for i, email := range emails {
		if IdentityOf(email) == p.address.Identity() {
			to.email = &emails[i]
		} else if email.Attached() {
			waiting++
		}
	}
	if to.email != nil {
		if to.bounces, err = tx.BouncesOf(*to.email); err != nil {
			return to, err
		}
	}
	switch {
	case to.email != nil && !to.email.Attached():
		to.session = nil
		return to, nil
	case to.email == nil && waiting >= maxAttached:
		return to, problem.TooManyUnverifiedFactors
	}
	if err := s.refuseTaken(tx, p); err != nil {
		return to, err
	}
	return to, s.attach(tx, p, owner, &to)
}

// refuseTaken tells the app's back end at once that the address is somebody else's. At
// a public door that would tell a stranger who exists: there it shows when the link is
// redeemed, by who reads that mailbox.
func (s *Service) refuseTaken(tx *store.Tx, p *plan) error {
	if p.caller != nil {
		return nil
	}
	_, err := s.displaceable(tx, p.project.ID, p.address.Identity())
	return err
}

// attach writes the address, or lets one that waits already wait anew.
func (s *Service) attach(tx *store.Tx, p *plan, owner *owner, to *recipient) error {
	now := s.now()
	until := now.Add(attachedFor)
	if to.email != nil {
		to.email.AttachedUntil = &until
		return tx.KeepAttached(*to.email)
	}
	email := models.Email{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, UserID: owner.user.ID,
		Address: p.address.String(), AttachedUntil: &until, CreatedAt: now,
	}
	email.Identity = models.AttachedIdentity(email.ID)
	to.email = &email
	return tx.InsertEmail(email)
}

// refusalMail tells a mailbox that no account is known for it. The caller is told
// nothing: whoever asks for somebody else's address must not learn whether it is known.
func (s *Service) refusalMail(p *plan) models.QueuedMail {
	now := s.now()
	return models.QueuedMail{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, Status: models.MailQueued,
		Template: models.TemplateNoAccount, Locale: p.locale, Address: p.address.String(),
		NextAttemptAt: now, CreatedAt: now, ExpiresAt: now.Add(p.project.LoginTTL),
	}
}

func (s *Service) noAccount(p *plan) models.Event {
	now := s.now()
	return models.Event{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, Kind: models.EventNoAccount,
		AddressHash: s.Keys.HashAddress(p.address.Identity()), CreatedAt: now,
	}
}
