package magiclink

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// RedeemRequest spends a link's token. Empty means not given.
type RedeemRequest struct {
	ProjectID      string
	Token          string
	Verifier       string
	SessionMinutes *int // nil: prove the address, start no session
	Attributes     session.Attributes
}

// Redeemed is who came in. Session is nil where none was asked for.
type Redeemed struct {
	User    models.User
	Emails  []models.Email
	EmailID models.ID
	Session *session.Issued

	event models.Event // written with it
}

// Redeem spends the link if the verifier is the one whose challenge it was asked
// for with. Everything that can fail comes before the one conditional write: no
// refusal costs the link, and whoever spent it has an answer ready. Of two who race,
// that write lets one through.
func (s *Service) Redeem(ctx context.Context, r RedeemRequest) (*Redeemed, error) {
	life, err := checkRedeem(r.Verifier, r.SessionMinutes, r.Attributes)
	if err != nil {
		return nil, err
	}
	link, email, err := s.redeemable(ctx, r)
	if err != nil {
		return nil, err
	}
	answer, err := s.prepare(ctx, email, models.MethodLink, r.Attributes, life)
	if err != nil {
		return nil, err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error { return s.spend(tx, link, email, answer) })
	if errors.Is(err, store.ErrConflict) {
		return nil, s.lost(ctx, link.ID)
	}
	if err != nil {
		return s.kept(ctx, answer, err)
	}
	return answer, nil
}

// keptTimeout is on top of whatever the request has taken already.
const keptTimeout = 2 * time.Second

// kept looks whether a redemption that the database did not confirm was kept all the
// same: a connection can break after COMMIT and before its answer. The link is then
// spent, and the answer that is ready is the only one there will ever be.
func (s *Service) kept(ctx context.Context, answer *Redeemed, failure error) (*Redeemed, error) {
	if !errors.Is(failure, store.ErrUnavailable) && ctx.Err() == nil {
		return nil, failure
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keptTimeout)
	defer cancel()
	if _, err := s.Store.Read(ctx).Event(answer.event.ProjectID, answer.event.ID); err != nil {
		return nil, failure
	}
	return answer, nil
}

// checkRedeem decides what needs no database.
func checkRedeem(verifier string, minutes *int, attributes session.Attributes) (life time.Duration, err error) {
	if minutes != nil {
		if life, err = session.Duration(*minutes); err != nil {
			return 0, err
		}
	}
	if verifier != "" {
		if err := checkVerifier(verifier); err != nil {
			return 0, err
		}
	}
	return life, checkAttributes(attributes)
}

// redeemable decides what the link's row says.
func (s *Service) redeemable(ctx context.Context, r RedeemRequest) (*models.MagicLink, *models.Email, error) {
	link, err := s.find(ctx, r.Token)
	if err != nil {
		return nil, nil, err
	}
	if link.ProjectID != r.ProjectID {
		return nil, nil, problem.MagicLinkNotFound
	}
	if err := s.checkAlive(link); err != nil {
		return nil, nil, err
	}
	email, err := s.Store.Read(ctx).Email(link.ProjectID, link.EmailID)
	if err != nil {
		return nil, nil, err
	}
	if err := matchVerifier(link.Challenge, r.Verifier); err != nil {
		return nil, nil, s.refuse(ctx, link, email, err)
	}
	return link, email, nil
}

// refuse notes a wrong verifier: somebody has the link and is not who asked for it.
// It never blocks the link. 256 bits cannot be guessed, and a kill switch would let
// whoever reads the mail lock its owner out.
func (s *Service) refuse(ctx context.Context, link *models.MagicLink, email *models.Email, refusal error) error {
	if errors.Is(refusal, problem.PKCEMismatch) {
		err := s.record(ctx, s.event(models.EventPKCEMismatch, link, email.Identity, ""))
		return errors.Join(refusal, err)
	}
	return refusal
}

// prepare gathers the answer as it will be once the link is spent.
func (s *Service) prepare(ctx context.Context, email *models.Email, method models.Method, attributes session.Attributes, life time.Duration) (*Redeemed, error) {
	read := s.Store.Read(ctx)
	user, err := read.User(email.ProjectID, email.UserID)
	if err != nil {
		return nil, err
	}
	emails, err := read.EmailsOf(email.ProjectID, email.UserID)
	if err != nil {
		return nil, err
	}
	user.Status = models.UserActive
	for i := range emails {
		if emails[i].ID == email.ID && emails[i].VerifiedAt == nil {
			emails[i].VerifiedAt = s.now().Ptr()
		}
	}
	answer := &Redeemed{User: *user, Emails: emails, EmailID: email.ID}
	if life > 0 {
		answer.Session, err = s.Sessions.Prepare(ctx, session.Grant{
			User: *user, Emails: emails, Factor: email.ID, Method: method, Attributes: attributes, Life: life,
		})
	}
	return answer, err
}

// spend is the one transaction of a redemption.
func (s *Service) spend(tx *store.Tx, link *models.MagicLink, email *models.Email, answer *Redeemed) error {
	now := s.now()
	if err := tx.RedeemLink(link.ProjectID, link.ID, now); err != nil {
		return err
	}
	if err := tx.ProveEmail(*email, now); err != nil {
		return err
	}
	if link.Challenge != "" {
		if err := tx.RevokeSiblings(*link, now); err != nil {
			return err
		}
	}
	if answer.Session != nil {
		if err := s.Sessions.Keep(tx, answer.Session); err != nil {
			return err
		}
	}
	answer.event = s.event(models.EventLinkRedeemed, link, email.Identity, string(link.Kind))
	return tx.InsertEvent(answer.event)
}

// lost says why a link that was alive a moment ago could not be spent.
func (s *Service) lost(ctx context.Context, id models.ID) error {
	link, err := s.Store.Read(ctx).Link(id)
	if errors.Is(err, store.ErrNotFound) {
		return unableToAuth(id, "purged")
	}
	if err != nil {
		return err
	}
	if err := s.checkAlive(link); err != nil {
		return err
	}
	return unableToAuth(id, string(models.LinkExpired))
}
