package magiclink

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
)

// The limits of a link's life, in minutes.
const (
	minLinkMinutes = 5
	maxLinkMinutes = 10080 // a week
)

// Caller is who asks at a public door: anybody. Where a request has none, it comes
// from the app's back end, which showed the project's secret.
type Caller struct {
	IP netip.Addr
}

// mailTemplates are the words that a mail can be asked for with. The names are those of
// the files in templates/mail.
var mailTemplates = []string{"login", "signup", "invite", "reset", "verify"}

// plan is a request for a mailed link that has been checked from end to end.
type plan struct {
	project    *Project
	caller     *Caller
	address    Address
	challenge  string
	attributes session.Attributes
	locale     string
	links      map[models.LinkKind]linkPlan
}

// linkPlan is how a link of one kind would be.
type linkPlan struct {
	target   Target
	life     time.Duration
	template string // "" for the words of its kind
}

// linkAsk is what a request says of links of one kind. Empty means not given.
type linkAsk struct {
	kind     models.LinkKind
	url      string
	minutes  *int
	usual    time.Duration
	template string
}

// plan decides every refusal of a request that needs no database, before anything is
// written. All kinds of link that it could come to are checked: whether a URL is
// refused must not depend on whether the person is known.
func (s *Service) plan(r StartRequest, asks ...linkAsk) (*plan, error) {
	project, err := s.project(r.ProjectID)
	if err != nil {
		return nil, err
	}
	p := &plan{project: project, caller: r.Caller, challenge: r.Challenge, attributes: r.Attributes, locale: r.Locale}
	if p.address, err = project.ParseAddress(r.Email); err != nil {
		return nil, err
	}
	if r.Locale != "" && !slices.Contains(s.Locales, r.Locale) {
		return nil, problem.InvalidLocale
	}
	if err := checkAttributes(r.Attributes); err != nil {
		return nil, err
	}
	return p, p.planLinks(asks)
}

func (p *plan) planLinks(asks []linkAsk) error {
	p.links = make(map[models.LinkKind]linkPlan, len(asks))
	for _, ask := range asks {
		target, err := p.project.Redirects.Check(ask.url, ask.kind)
		if err != nil {
			return err
		}
		life, err := linkLife(ask.minutes, ask.usual)
		if err != nil {
			return err
		}
		if ask.template != "" && !p.mayAskFor(ask.template) {
			return problem.EmailTemplateNotFound
		}
		p.links[ask.kind] = linkPlan{target: target, life: life, template: ask.template}
	}
	return nil
}

// mayAskFor: a stranger must not have anybody told that they are invited.
func (p *plan) mayAskFor(template string) bool {
	return slices.Contains(mailTemplates, template) && (p.caller == nil || template != string(models.LinkInvite))
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

// checkPKCE wants a challenge always at a public door and where the link leads to an
// app's own scheme, and everywhere unless the project has chosen otherwise.
func (p *plan) checkPKCE(method *string) error {
	if err := checkMethod(method); err != nil {
		return err
	}
	if p.challenge != "" {
		return checkChallenge(p.challenge)
	}
	for _, link := range p.links {
		if link.target.IsNative() {
			return problem.RequiredForNativeCallback
		}
	}
	// Who names a method believes itself protected.
	if method != nil || p.caller != nil || !p.project.PKCEOptional {
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
	if len(a.UserAgent) > session.MaxUserAgent || !utf8.ValidString(a.UserAgent) || strings.ContainsFunc(a.UserAgent, unicode.IsControl) {
		return problem.InvalidAttributes
	}
	return nil
}
