package magiclink

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/session"
	"latchkey/store"
)

// InviteRequest asks for a link for somebody who did not ask. It is for the app's back
// end alone, and takes no challenge: the invited person's device is not the one that
// starts. Empty means not given.
type InviteRequest struct {
	ProjectID  string
	Email      string
	URL        string
	Minutes    *int
	Template   string
	Locale     string
	Attributes session.Attributes
	Person     profile.Changes // but for ExternalID
}

// Invite mails an invitation. Its link opens a page with a button; only that hands on a
// token that can be redeemed. A repeated invitation leaves earlier ones as they are and
// brings the profile up to date.
func (s *Service) Invite(ctx context.Context, r InviteRequest) (*Started, error) {
	project, err := s.project(r.ProjectID)
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(
		StartRequest{ProjectID: r.ProjectID, Email: r.Email, Attributes: r.Attributes, Locale: r.Locale},
		linkAsk{models.LinkInvite, r.URL, r.Minutes, project.InviteTTL, r.Template},
	)
	if err != nil {
		return nil, err
	}
	for _, link := range plan.links {
		if link.target.IsNative() { // there is no challenge that could protect it
			return nil, problem.RequiredForNativeCallback
		}
	}
	return s.deliver(ctx, plan, func(tx *store.Tx) (recipient, error) { return s.invited(tx, plan, r.Person) })
}

// invited finds or makes the person. Whoever has come in before needs no invitation.
func (s *Service) invited(tx *store.Tx, p *plan, said profile.Changes) (recipient, error) {
	newcomer, err := said.AppliedTo(models.User{Status: models.UserPending, Kept: true})
	if err != nil {
		return recipient{}, err
	}
	to, err := s.ensurePerson(tx, p, newcomer)
	if err != nil || to.created {
		to.kind = models.LinkInvite
		return to, err
	}
	if to.email.VerifiedAt != nil {
		return to, problem.DuplicateEmail
	}
	user, err := tx.LockUser(to.email.ProjectID, to.email.UserID) // UpdateUser writes the whole row
	if err != nil {
		return to, err
	}
	person, err := said.AppliedTo(*user)
	if err != nil {
		return to, err
	}
	person.Kept = true
	if !user.Kept { // a stranger named the address before: the app knows no such person yet
		person.Status = models.UserPending
	}
	to.kind = models.LinkInvite
	return to, tx.UpdateUser(person)
}

// RevokeInvite ends every open invitation of the address. The person stays, and can be
// invited again.
func (s *Service) RevokeInvite(ctx context.Context, projectID, address string) error {
	parsed, err := ParseAddress(address)
	if err != nil {
		return err
	}
	email, err := s.Store.Read(ctx).EmailByIdentity(projectID, parsed.Identity())
	if errors.Is(err, store.ErrNotFound) {
		return problem.EmailNotFound
	}
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error { return tx.RevokeInvites(*email, s.now()) })
}

// Invitation is what the page of an invite's link shows.
type Invitation struct {
	Address    string
	AcceptedAt *time.Time // it was used then; nil while it is open
	Origin     string     // of the app it leads to
}

// openInvite looks an invite's mailed token up, for its page. It spends nothing.
func (s *Service) openInvite(ctx context.Context, token string) (*Opening, error) {
	link, err := s.findInvite(ctx, token)
	if err != nil {
		return nil, err
	}
	email, err := s.Store.Read(ctx).Email(link.ProjectID, link.EmailID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, deadInvite(link, purged)
	}
	if err != nil {
		return nil, err
	}
	target, err := s.targetOf(link)
	if err != nil {
		return nil, err
	}
	invitation := &Invitation{Address: email.Address, Origin: target.Origin()}
	opening := &Opening{ProjectID: link.ProjectID, Invitation: invitation, Link: link.ID}
	if link.RedeemedAt != nil {
		at := link.RedeemedAt.Time()
		invitation.AcceptedAt = &at
		return opening, nil
	}
	if err := s.checkAlive(link); err != nil {
		return nil, err
	}
	s.noteOpened(link)
	return opening, nil
}

// Accept is the button on that page: it says where the invited person's browser goes,
// with a token that can be redeemed. It spends nothing either.
func (s *Service) Accept(ctx context.Context, token string) (*Opening, error) {
	link, err := s.findInvite(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := s.checkAlive(link); err != nil {
		return nil, err
	}
	redeemable, err := s.Keys.Seal(link.KeyID, sealed.Link, link.ID)
	if err != nil {
		return nil, err
	}
	return s.opening(link, redeemable)
}

func (s *Service) findInvite(ctx context.Context, token string) (*models.MagicLink, error) {
	return s.findSealed(ctx, sealed.Invite, token)
}
