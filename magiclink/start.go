package magiclink

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// The limits of a link's life, in minutes.
const (
	minLinkMinutes = 5
	maxLinkMinutes = 10080 // a week
)

// maxUserAgent is in bytes; what browsers send is half as long.
const maxUserAgent = 1024

// StartRequest asks for a link. Empty means not given.
type StartRequest struct {
	ProjectID       string
	Email           string
	Challenge       string
	ChallengeMethod *string // only S256, or absent
	LoginURL        string  // where the link leads a person who is known
	SignupURL       string  // and one who is not
	LoginMinutes    *int
	SignupMinutes   *int
	CreateAsPending bool // a new person counts as pending until a link is redeemed
	Attributes      session.Attributes
	// Stranger says that the caller came through a public door and must not learn that
	// mail to the address comes back: the start is answered as any other, and package
	// mailer ends its mail unsent.
	Stranger bool
}

// Started is what became of it. It is for callers with the secret key: it tells who
// exists.
type Started struct {
	LinkID      models.ID
	UserID      models.ID
	EmailID     models.ID
	UserCreated bool
}

// plan is a start that has been checked from end to end.
type plan struct {
	project    *Project
	address    Address
	challenge  string
	attributes session.Attributes
	status     models.UserStatus
	target     map[models.LinkKind]Target
	life       map[models.LinkKind]time.Duration
}

// Start checks the request and then, in one transaction, writes the link, the person
// if new, and the mail that is owed. When it returns nil all three are durable; when
// it returns an error no mail goes out.
func (s *Service) Start(ctx context.Context, r StartRequest) (*Started, error) {
	plan, err := s.plan(r)
	if err != nil {
		return nil, err
	}
	if !r.Stranger {
		if err := s.checkActive(ctx, plan); err != nil {
			return nil, err
		}
	}
	release, err := s.reserve(plan.project)
	if err != nil {
		return nil, err
	}
	started, mail, err := s.write(ctx, plan)
	if err != nil {
		release()
		return nil, err
	}
	s.MailQueued(mail)
	return started, nil
}

// write is the one transaction of a start.
func (s *Service) write(ctx context.Context, plan *plan) (started *Started, mailID models.ID, err error) {
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.admit(tx, plan); err != nil {
			return err
		}
		email, kind, created, err := s.findPerson(tx, plan)
		if err != nil {
			return err
		}
		link, mail := s.owe(plan, kind, email)
		started, mailID = &Started{LinkID: link.ID, UserID: email.UserID, EmailID: email.ID, UserCreated: created}, mail.ID
		return tx.InsertLink(link, mail)
	})
	return started, mailID, err
}

// plan decides every refusal before anything is written. Both kinds of link are
// checked, whichever it will be: whether a URL is refused must not depend on whether
// the person is known.
func (s *Service) plan(r StartRequest) (*plan, error) {
	project, err := s.project(r.ProjectID)
	if err != nil {
		return nil, err
	}
	p := &plan{project: project, challenge: r.Challenge, attributes: r.Attributes, status: models.UserActive}
	if r.CreateAsPending {
		p.status = models.UserPending
	}
	if p.address, err = ParseAddress(r.Email); err != nil {
		return nil, err
	}
	if len(project.Domains) > 0 && !slices.Contains(project.Domains, p.address.domain) {
		return nil, problem.EmailDomainNotAllowed
	}
	if err := checkAttributes(r.Attributes); err != nil {
		return nil, err
	}
	if err := p.planLinks(r); err != nil {
		return nil, err
	}
	return p, p.checkPKCE(r.ChallengeMethod)
}

func (p *plan) planLinks(r StartRequest) error {
	p.target, p.life = make(map[models.LinkKind]Target), make(map[models.LinkKind]time.Duration)
	for _, asked := range []struct {
		kind    models.LinkKind
		url     string
		minutes *int
		usual   time.Duration
	}{
		{models.LinkLogin, r.LoginURL, r.LoginMinutes, p.project.LoginTTL},
		{models.LinkSignup, r.SignupURL, r.SignupMinutes, p.project.SignupTTL},
	} {
		var err error
		if p.target[asked.kind], err = p.project.Redirects.Check(asked.url, asked.kind); err != nil {
			return err
		}
		if p.life[asked.kind], err = linkLife(asked.minutes, asked.usual); err != nil {
			return err
		}
	}
	return nil
}

func linkLife(minutes *int, usual time.Duration) (time.Duration, error) {
	switch {
	case minutes == nil:
		return usual, nil
	case *minutes < minLinkMinutes || *minutes > maxLinkMinutes:
		return 0, problem.InvalidExpiration
	}
	return time.Duration(*minutes) * time.Minute, nil
}

// checkPKCE wants a challenge always where the link leads to an app's own scheme,
// and everywhere unless the project has chosen otherwise.
func (p *plan) checkPKCE(method *string) error {
	if err := checkMethod(method); err != nil {
		return err
	}
	if p.challenge != "" {
		return checkChallenge(p.challenge)
	}
	for _, target := range p.target {
		if target.IsNative() {
			return problem.RequiredForNativeCallback
		}
	}
	// Who names a method believes itself protected.
	if method != nil || !p.project.PKCEOptional {
		return problem.ExpectedCodeChallenge
	}
	return nil
}

func checkAttributes(a session.Attributes) error {
	if a.IPAddress != "" {
		// A zone may be any text of any length.
		if ip, err := netip.ParseAddr(a.IPAddress); err != nil || ip.Zone() != "" {
			return problem.InvalidAttributes
		}
	}
	if len(a.UserAgent) > maxUserAgent || !utf8.ValidString(a.UserAgent) || strings.ContainsFunc(a.UserAgent, unicode.IsControl) {
		return problem.InvalidAttributes
	}
	return nil
}

// findPerson finds the address or writes it with a new person, and says which kind
// of link is due: a person who is new or pending signs up, an active one logs in.
func (s *Service) findPerson(tx *store.Tx, p *plan) (email *models.Email, kind models.LinkKind, created bool, err error) {
	now := s.now()
	user := models.User{ID: models.NewID(now.Time()), ProjectID: p.project.ID, Status: p.status, CreatedAt: now}
	email, created, err = tx.EnsurePerson(user, models.Email{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, UserID: user.ID,
		Address: p.address.String(), Identity: p.address.Identity(), CreatedAt: now,
	})
	if err != nil || created {
		return email, models.LinkSignup, created, err
	}
	known, err := tx.User(email.ProjectID, email.UserID)
	if err != nil {
		return nil, "", false, err
	}
	if known.Status == models.UserPending {
		return email, models.LinkSignup, false, nil
	}
	return email, models.LinkLogin, false, nil
}

// owe makes the rows of a link and of the mail that will carry it.
func (s *Service) owe(p *plan, kind models.LinkKind, email *models.Email) (models.MagicLink, models.QueuedMail) {
	now := s.now()
	link := models.MagicLink{
		ID: models.NewID(now.Time()), ProjectID: p.project.ID, UserID: email.UserID, EmailID: email.ID,
		KeyID: s.Keys.Active(), Kind: kind, Challenge: p.challenge, RedirectURL: p.target[kind].String(),
		IPAddress: p.attributes.IPAddress, UserAgent: p.attributes.UserAgent,
		CreatedAt: now, ExpiresAt: now.Add(p.life[kind]),
	}
	return link, models.QueuedMail{
		ID: models.NewID(now.Time()), ProjectID: link.ProjectID, LinkID: link.ID, Status: models.MailQueued,
		NextAttemptAt: now, CreatedAt: now, ExpiresAt: link.ExpiresAt,
	}
}
