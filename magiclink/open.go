package magiclink

import (
	"context"
	"errors"
	"net/url"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// tokenType tells a landing page what kind of token it was handed.
const tokenType = "magic_links"

// openedTimeout bounds the note that a link was opened. Nobody waits for it.
const openedTimeout = 2 * time.Second

// Opening is where an opened link leads.
type Opening struct {
	ProjectID  string
	Location   string      // carries the link's token: for the browser that opened it only
	IsNative   bool        // an app's own scheme, which needs a person's click
	Invitation *Invitation // the page to show first; there is no Location then
	Link       models.ID
}

// Open looks a link up and says where it leads. It spends nothing, however often
// and by whomever it is called: mail scanners open every link before people do.
func (s *Service) Open(ctx context.Context, token string) (*Opening, error) {
	link, err := s.find(ctx, token)
	if errors.Is(err, problem.MagicLinkNotFound) {
		return s.openInvite(ctx, token)
	}
	if err != nil {
		return nil, err
	}
	if link.Kind == models.LinkEmbedded { // the app hands out the token, never its URL
		return nil, problem.MagicLinkNotFound
	}
	if err := s.checkAlive(link); err != nil {
		return nil, err
	}
	opening, err := s.opening(link, token)
	if err != nil {
		return nil, err
	}
	s.noteOpened(link)
	return opening, nil
}

// opening says where a link leads with a token that can be redeemed.
func (s *Service) opening(link *models.MagicLink, redeemable string) (*Opening, error) {
	target, err := s.targetOf(link)
	if err != nil {
		return nil, err
	}
	project, err := s.project(link.ProjectID)
	if err != nil {
		return nil, err
	}
	return &Opening{
		ProjectID: link.ProjectID, Link: link.ID, IsNative: target.IsNative(),
		Location: target.Landing(landing(project, link, redeemable)),
	}, nil
}

// targetOf checks a link's redirect URL again. The list may have lost it since: a link
// must not outlive an app's trust in where it leads.
func (s *Service) targetOf(link *models.MagicLink) (Target, error) {
	project, err := s.project(link.ProjectID)
	if err != nil {
		return Target{}, err
	}
	return project.Redirects.Check(link.RedirectURL, link.Kind)
}

func landing(project *Project, link *models.MagicLink, token string) url.Values {
	parameters := url.Values{"token": {token}, "token_type": {tokenType}}
	if flow := FlowOf(link.Challenge); flow != "" {
		parameters.Set("flow", flow)
	}
	if project.VendorNames {
		parameters.Set("stytch_token_type", tokenType)
	}
	return parameters
}

// noteOpened remembers the first opening, best effort and off the request's path.
func (s *Service) noteOpened(link *models.MagicLink) {
	if link.OpenedAt != nil {
		return
	}
	project, id, at := link.ProjectID, link.ID, s.now()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), openedTimeout)
		defer cancel()
		_ = s.Store.Write(ctx, func(tx *store.Tx) error { return tx.OpenedLink(project, id, at) })
	}()
}

// find returns the row of a token that can be redeemed.
func (s *Service) find(ctx context.Context, token string) (*models.MagicLink, error) {
	return s.findSealed(ctx, sealed.Link, token)
}

// findSealed returns the row of a token. Only who holds the master key can make a token
// whose MAC is right, so one without a row did once exist.
func (s *Service) findSealed(ctx context.Context, purpose sealed.Purpose, token string) (*models.MagicLink, error) {
	return findRow(s, purpose, token, s.Store.Read(ctx).Link)
}

// findRow has look find what belongs to a token.
func findRow[T any](s *Service, purpose sealed.Purpose, token string, look func(models.ID) (*T, error)) (*T, error) {
	id, err := s.Keys.Open(purpose, token)
	if err != nil {
		return nil, problem.MagicLinkNotFound.Because(err)
	}
	found, err := look(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unableToAuth(id, purged)
	}
	return found, err
}

func (s *Service) checkAlive(link *models.MagicLink) error {
	state := link.State(s.now())
	switch {
	case state == models.LinkAlive:
		return nil
	case link.Kind == models.LinkInvite:
		return deadInvite(link, string(state))
	}
	return unableToAuth(link.ID, string(state)).Of(link.ProjectID)
}

// deadInvite: its reader did not ask for it, and must not be sent to where they did. One
// who has used it has an account by now.
func deadInvite(link *models.MagicLink, reason string) error {
	refusal := unableToAuth(link.ID, reason).Of(link.ProjectID).With("kind", string(link.Kind))
	if reason == string(models.LinkRedeemed) {
		return refusal
	}
	return refusal.Then(problem.AskInviter)
}

// Why a link cannot be redeemed, beside its state.
const (
	purged     = "purged"      // its row, or the person's, is gone
	invitePage = "invite_page" // the token opens an invite's page, and is none of a link
)

// unableToAuth carries the reference that stands in the mail's footer, so that whoever
// is asked for help finds the one from the other.
func unableToAuth(link models.ID, reason string) *problem.Problem {
	return problem.UnableToAuthMagicLink.With("reason", reason).With("reference", link.Reference())
}
