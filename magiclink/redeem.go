package magiclink

import (
	"context"
	"errors"
	"net/netip"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// RedeemRequest spends a link's token. Empty means not given.
type RedeemRequest struct {
	ProjectID string
	Caller    *Caller // nil: the app's back end
	Token     string
	Verifier  string
	SessionRequest

	// What must be as the start said it was.
	SameIPAddress bool
	SameUserAgent bool
}

// SessionRequest says which session a redemption leads to. Empty means not given.
type SessionRequest struct {
	Minutes    *int                // nil: prove the address, and start no session
	Continues  session.Credentials // go on in this session instead of starting one
	OrAnew     bool                // if it is over or somebody else's, leave it aside
	Claims     models.Object
	Attributes session.Attributes
}

// Redeemed is who came in. Session is nil where none was asked for.
type Redeemed struct {
	User     models.User
	Emails   []models.Email
	Method   models.Method
	FactorID models.ID // the address that was proven, or the embedded link
	Session  *session.Issued

	event   models.Event // written with it
	notices []models.ID  // mails written with it
}

// Redeem spends the link if the verifier is the one whose challenge it was asked
// for with. Everything that can fail comes before the one conditional write: no
// refusal costs the link, and whoever spent it has an answer ready. Of two who race,
// that write lets one through.
func (s *Service) Redeem(ctx context.Context, r RedeemRequest) (*Redeemed, error) {
	if err := checkRedeem(r.Verifier, r.SessionRequest); err != nil {
		return nil, err
	}
	if err := s.admitRedeem(r.Caller); err != nil {
		return nil, err
	}
	found, err := s.redeemable(ctx, r)
	if err != nil {
		return nil, err
	}
	link, email := &found.Link, found.Email
	return orAnew(r.SessionRequest, func(r SessionRequest) (*Redeemed, error) {
		answer, err := s.prepare(ctx, factorOf(link, email), *found.Person, r)
		if err != nil {
			return nil, err
		}
		err = s.Store.Write(ctx, func(tx *store.Tx) error { return s.spend(tx, link, email, answer) })
		if errors.Is(err, store.ErrConflict) {
			return nil, s.lost(ctx, link.ID, email != nil && email.Attached())
		}
		return s.concluded(ctx, answer, err)
	})
}

// orAnew redeems once more where the session to go on in ends, or gets another token, while
// it is gone on in: whoever may leave it aside must not be refused for it.
func orAnew(r SessionRequest, redeem func(SessionRequest) (*Redeemed, error)) (*Redeemed, error) {
	redeemed, err := redeem(r)
	if r.OrAnew && isNoSession(err) {
		r.Continues = session.Credentials{}
		return redeem(r)
	}
	return redeemed, err
}

// checkRedeem decides what needs no database.
func checkRedeem(verifier string, r SessionRequest) error {
	if r.Minutes != nil {
		if _, err := session.Duration(*r.Minutes); err != nil {
			return err
		}
	}
	if verifier != "" {
		if err := checkVerifier(verifier); err != nil {
			return err
		}
	}
	if err := session.CheckClaims(r.Claims); err != nil {
		return err
	}
	return checkAttributes(r.Attributes)
}

// redeemable decides what the link's row says. The person is there, and the address unless
// the link is embedded.
func (s *Service) redeemable(ctx context.Context, r RedeemRequest) (*store.LinkWithPerson, error) {
	found, err := findRow(s, sealed.Link, r.Token, s.Store.Read(ctx).LinkWithPerson)
	if errors.Is(err, problem.MagicLinkNotFound) {
		return nil, s.explainUnknown(ctx, r, err)
	}
	if err != nil {
		return nil, err
	}
	link := &found.Link
	if link.ProjectID != r.ProjectID {
		return nil, problem.MagicLinkNotFound
	}
	if err := s.checkAlive(link); err != nil {
		return nil, err
	}
	// Only the project's secret can make up for a verifier.
	if r.Caller != nil && link.Challenge == "" {
		return nil, problem.NotForPublicClients.With("reference", link.ID.Reference())
	}
	if found.Person == nil || found.Email == nil && link.Kind != models.LinkEmbedded {
		return nil, s.lost(ctx, link.ID, false) // with its person or address, a moment ago
	}
	if err := matchVerifier(link.Challenge, r.Verifier); err != nil {
		return nil, s.refuse(ctx, link, found.Email, err)
	}
	return found, r.matchAttributes(link)
}

// explainUnknown tells an app that it was handed the token of an invite's mail, which
// opens a page and redeems nothing.
func (s *Service) explainUnknown(ctx context.Context, r RedeemRequest, unknown error) error {
	invite, err := s.findInvite(ctx, r.Token)
	switch {
	case errors.Is(err, problem.MagicLinkNotFound), errors.Is(err, problem.UnableToAuthMagicLink):
		return unknown
	case err != nil:
		return err
	case invite.ProjectID != r.ProjectID:
		return unknown
	}
	return problem.MagicLinkNotFound.With("reason", invitePage).Then(problem.OpenMailedLink)
}

// refuse notes a wrong verifier: somebody has the link and is not who asked for it.
// It never blocks the link. 256 bits cannot be guessed, and a kill switch would let
// whoever reads the mail lock its owner out.
func (s *Service) refuse(ctx context.Context, link *models.MagicLink, email *models.Email, refusal error) error {
	if errors.Is(refusal, problem.PKCEMismatch) {
		err := s.record(ctx, s.event(models.EventPKCEMismatch, link, email, ""))
		return errors.Join(refusal, err)
	}
	return refusal
}

// matchAttributes compares what the request asks to be compared. What the start did
// not name matches nothing: whoever asks for the comparison relies on it.
func (r RedeemRequest) matchAttributes(link *models.MagicLink) error {
	now := r.Attributes
	if r.SameIPAddress && !sameIP(link.IPAddress, now.IPAddress) ||
		r.SameUserAgent && (link.UserAgent == "" || now.UserAgent != link.UserAgent) {
		return problem.AttributeMismatch
	}
	return nil
}

// sameIP compares addresses and not how they are spelt. "" is none.
func sameIP(a, b string) bool {
	first, err := netip.ParseAddr(a)
	second, bad := netip.ParseAddr(b)
	return err == nil && bad == nil && first.Unmap() == second.Unmap()
}
