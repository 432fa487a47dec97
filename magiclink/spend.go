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

// factor is what a redemption proves.
type factor struct {
	method models.Method
	id     models.ID // the address's, or the embedded link's
}

func factorOf(link *models.MagicLink, email *models.Email) factor {
	if email == nil {
		return factor{method: models.MethodEmbedded, id: link.ID}
	}
	return factor{method: models.MethodLink, id: email.ID}
}

// prepare makes the answer as it will be once the link is spent.
func (s *Service) prepare(ctx context.Context, f factor, person store.Person, r SessionRequest) (answer *Redeemed, err error) {
	user, emails := person.User, slices.Clone(person.Emails)
	user.Status = models.UserActive
	for i := range emails {
		if emails[i].ID == f.id && emails[i].VerifiedAt == nil {
			emails[i].VerifiedAt, emails[i].AttachedUntil = s.now().Ptr(), nil
		}
	}
	answer = &Redeemed{User: user, Emails: emails, Method: f.method, FactorID: f.id}
	if r.Minutes == nil && r.Continues == (session.Credentials{}) {
		return answer, nil
	}
	grant := session.Grant{
		User: user, Emails: emails, Factor: f.id, Method: f.method,
		Attributes: r.Attributes, Claims: r.Claims, Continues: r.Continues,
	}
	if r.Minutes != nil {
		if grant.Life, err = session.Duration(*r.Minutes); err != nil {
			return nil, err
		}
	}
	answer.Session, err = s.Sessions.Prepare(ctx, grant)
	if r.OrAnew && isNoSession(err) {
		r.Continues = session.Credentials{}
		return s.prepare(ctx, f, person, r)
	}
	return answer, err
}

// isNoSession says whether credentials name no living session of the person.
func isNoSession(err error) bool {
	return errors.Is(err, problem.SessionNotFound) || errors.Is(err, problem.InvalidSessionToken)
}

// spend is the one transaction of a redemption. What it refuses leaves the link as it
// was.
func (s *Service) spend(tx *store.Tx, link *models.MagicLink, email *models.Email, answer *Redeemed) error {
	// An address that a session asked for is confirmed in that session: whoever else
	// reads that mailbox must not become a part of somebody's account by a click.
	if link.SessionID != nil && (answer.Session == nil || answer.Session.Session.ID != *link.SessionID) {
		return problem.AttachedInSession
	}
	now := s.now()
	if err := tx.RedeemLink(link.ProjectID, link.ID, now); err != nil {
		return err
	}
	if err := s.settle(tx, link, email, answer); err != nil {
		return err
	}
	if answer.Session != nil {
		switch err := s.Sessions.Keep(tx, answer.Session); {
		case errors.Is(err, store.ErrConflict): // the session it was to go on in ended meanwhile
			return problem.SessionNotFound
		case err != nil:
			return err
		}
	}
	answer.event = s.event(models.EventLinkRedeemed, link, email, string(link.Kind))
	return tx.InsertEvent(answer.event)
}

// settle does what a link's redemption means for the person and for their other links:
// those of the same flow, or of the same invitation, have come to their end.
func (s *Service) settle(tx *store.Tx, link *models.MagicLink, email *models.Email, answer *Redeemed) (err error) {
	if email == nil {
		return tx.ActivateUser(link.ProjectID, link.UserID)
	}
	if answer.notices, err = s.prove(tx, link, email); err != nil {
		return err
	}
	if email.VerifiedAt == nil { // who has come in needs no invitation, and it asks for no verifier
		if err := tx.RevokeInvites(*email, s.now()); err != nil {
			return err
		}
	}
	if link.Challenge != "" {
		return tx.RevokeSiblings(*link, s.now())
	}
	return nil
}

// concluded is a redemption's end: its answer, and the notices on their way.
func (s *Service) concluded(ctx context.Context, answer *Redeemed, err error) (*Redeemed, error) {
	if err != nil && !s.kept(ctx, answer, err) {
		return nil, err
	}
	for _, notice := range answer.notices {
		s.MailQueued(notice)
	}
	return answer, nil
}

// keptTimeout is on top of whatever the request has taken already.
const keptTimeout = 2 * time.Second

// kept looks whether a redemption that the database did not confirm was kept all the
// same: a connection can break after COMMIT and before its answer. The link is then
// spent, and the answer that is ready is the only one there will ever be.
func (s *Service) kept(ctx context.Context, answer *Redeemed, failure error) bool {
	if !errors.Is(failure, store.ErrUnavailable) && ctx.Err() == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keptTimeout)
	defer cancel()
	_, err := s.Store.Read(ctx).Event(answer.event.ProjectID, answer.event.ID)
	return err == nil
}

// lost says why a link that was alive a moment ago could not be spent.
func (s *Service) lost(ctx context.Context, id models.ID, attached bool) error {
	link, err := s.Store.Read(ctx).Link(id)
	if errors.Is(err, store.ErrNotFound) {
		return unableToAuth(id, purged)
	}
	if err != nil {
		return err
	}
	if err := s.checkAlive(link); err != nil {
		return err
	}
	if attached { // somebody else has proven the address a moment ago
		return problem.DuplicateEmail
	}
	return unableToAuth(id, string(models.LinkExpired))
}
