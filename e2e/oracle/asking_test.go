package oracle

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
	"latchkey/users"
)

// caller is who asks at a public door, or nil.
func caller(public bool) *magiclink.Caller {
	if !public {
		return nil
	}
	return &magiclink.Caller{IP: netip.AddrFrom4([4]byte{192, 0, 2, 1})}
}

func verifier(flow int) string {
	if flow == badVerifier {
		return "short"
	}
	return verifiers[flow]
}

func (r start) request() magiclink.StartRequest {
	return magiclink.StartRequest{
		ProjectID: r.project, Caller: caller(r.public), Email: r.address, Challenge: challenges[r.flow],
		CreateAsPending: r.pending, Attributes: tag(r.number),
	}
}

func started(to *magiclink.Started, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case to.UserCreated:
		return "created", nil
	case to.LinkID == models.ID{}:
		return "nobody", nil
	}
	return "known", nil
}

func (r start) ask(s *system) (string, error) { return started(s.links.Start(ctx, r.request())) }

func (r send) ask(s *system) (string, error) {
	request := magiclink.SendRequest{StartRequest: r.request(), Session: s.credentials(r.session)}
	if r.user != 0 {
		request.User = s.user(r.user)
	}
	return started(s.links.Send(ctx, request))
}

func (r invite) ask(s *system) (string, error) {
	return started(s.links.Invite(ctx, magiclink.InviteRequest{ProjectID: r.project, Email: r.address, Attributes: tag(r.number)}))
}

func (r create) ask(s *system) (string, error) {
	person, err := s.users.Create(ctx, users.CreateRequest{ProjectID: r.project, Email: r.address})
	if err != nil {
		return "", err
	}
	s.make(r.number, handle{project: r.project, user: person.User.ID, email: person.Emails[0].ID})
	return "created", nil
}

func (r embed) ask(s *system) (string, error) {
	embedded, err := s.links.Embed(ctx, magiclink.EmbedRequest{
		ProjectID: s.handle(r.user).project, User: s.user(r.user), Attributes: tag(r.number),
	})
	if err == nil && embedded.Token != s.seal(sealed.Link, embedded.LinkID) {
		return "another token", nil
	}
	return "embedded", err
}

func (r open) ask(s *system) (string, error) {
	purpose := sealed.Link
	if s.handle(r.link).kind == "invite" {
		purpose = sealed.Invite
	}
	opening, err := s.links.Open(ctx, s.seal(purpose, s.handle(r.link).link))
	switch {
	case err != nil:
		return "", err
	case opening.Invitation == nil:
		return s.landing(r.link, opening.Location)
	case opening.Invitation.AcceptedAt != nil:
		return "page of one that was used", nil
	}
	return "page", nil
}

func (r press) ask(s *system) (string, error) {
	opening, err := s.links.Accept(ctx, s.seal(sealed.Invite, s.handle(r.link).link))
	if err != nil {
		return "", err
	}
	s.press(r.link)
	return s.landing(r.link, opening.Location)
}

func (s *system) press(link int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pressed[link] = true
}

// landing tells whether a link leads to the app with its own token.
func (s *system) landing(number int, location string) (string, error) {
	at, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	query := at.Query()
	if !strings.HasPrefix(location, appURL) || query.Get("token") != s.seal(sealed.Link, s.handle(number).link) {
		return "another landing: " + location, nil
	}
	flow := slices.IndexFunc(challenges, func(c string) bool { return magiclink.FlowOf(c) == query.Get("flow") })
	return fmt.Sprintf("on its way with token %d of flow %d", number, flow), nil
}

func (t ticket) request(s *system, number int) magiclink.SessionRequest {
	request := magiclink.SessionRequest{Continues: s.credentials(t.in), OrAnew: t.anew, Attributes: tag(number)}
	if t.minutes != 0 {
		request.Minutes = &t.minutes
	}
	return request
}

func (r redeem) ask(s *system) (string, error) {
	purpose := sealed.Link
	if r.mailed {
		purpose = sealed.Invite
	}
	return s.redeemed(r.number, r.in)(s.links.Redeem(ctx, magiclink.RedeemRequest{
		ProjectID: r.project, Caller: caller(r.public), Token: s.seal(purpose, s.handle(r.link).link),
		Verifier: verifier(r.verifier), SessionRequest: r.ticket.request(s, r.number),
	}))
}

func (r code) ask(s *system) (string, error) {
	return s.redeemed(r.number, r.in)(s.links.RedeemCode(ctx, magiclink.CodeRequest{
		ProjectID: r.project, Caller: caller(r.public), Email: r.address, Code: s.code(r.of),
		Verifier: verifier(r.verifier), SessionRequest: r.ticket.request(s, r.number),
	}))
}

// code is that of a link, or one that is nobody's but once in a hundred million.
func (s *system) code(number int) string {
	if number == 0 {
		return "1234 5678"
	}
	code, err := s.keys.Code(s.keys.Active(), s.handle(number).link)
	if err != nil {
		panic(err)
	}
	return code
}

// redeemed keeps what the person is handed.
func (s *system) redeemed(number int, in token) func(*magiclink.Redeemed, error) (string, error) {
	return func(to *magiclink.Redeemed, err error) (string, error) {
		if err != nil {
			return "", err
		}
		answer := "in by " + string(to.Method)
		for _, email := range to.Emails {
			if email.ID == to.FactorID {
				answer += " for " + email.Address
			}
		}
		if to.Session == nil {
			return answer, nil
		}
		got := token{session: number}
		if to.Session.Session.UserAgent != tag(number).UserAgent {
			got = token{session: in.session, generation: in.generation + 1}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tokens[got] = to.Session.Token
		s.visits[got.session] = handle{project: to.User.ProjectID, user: to.User.ID, session: models.PublicID("session", to.User.ProjectID, to.Session.Session.ID)}
		return fmt.Sprintf("%s, session %d.%d until %d", answer, got.session, got.generation, s.since(to.Session.Session.ExpiresAt)), nil
	}
}

func (s *system) credentials(t token) session.Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	return session.Credentials{Token: s.tokens[t]}
}

func (s *system) user(number int) string {
	h := s.handle(number)
	return models.PublicID("user", h.project, h.user)
}

func (r authenticate) ask(s *system) (string, error) {
	var changes session.Changes
	if r.minutes != 0 {
		changes.Minutes = &r.minutes
	}
	to, err := s.sessions.Authenticate(ctx, r.project, s.credentials(r.session), changes)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("session %d until %d", r.session.session, s.since(to.Session.ExpiresAt)), nil
}

func (r revoke) ask(s *system) (string, error) {
	which := session.Revocation{Credentials: s.credentials(r.session)}
	if r.byID {
		which = session.Revocation{SessionID: s.visit(r.session.session).session}
	}
	return "revoked", s.sessions.Revoke(ctx, r.project, which)
}

func (r revokeInvites) ask(s *system) (string, error) {
	return "revoked", s.links.RevokeInvite(ctx, r.project, r.address)
}

func (r deleteUser) ask(s *system) (string, error) {
	_, err := s.users.Delete(ctx, s.handle(r.user).project, s.user(r.user))
	return "deleted", err
}

func (r deleteAddress) ask(s *system) (string, error) {
	h := s.handle(r.of)
	_, err := s.users.DeleteEmail(ctx, h.project, models.PublicID("email", h.project, h.email))
	return "deleted", err
}

func (r wait) ask(s *system) (string, error) {
	s.clock.Advance(milliseconds(r.until - s.since(models.At(s.clock.Now()))))
	return "passed", nil
}
