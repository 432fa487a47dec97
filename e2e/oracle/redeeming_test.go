package oracle

import (
	"fmt"
	"slices"
)

func (r open) believe(o *oracle) string {
	l := o.links[r.link]
	switch {
	case l.kind == "embedded" && !l.gone:
		return "magic_link_not_found"
	case l.kind == "invite" && !l.gone && l.to.gone:
		return "unable_to_auth_magic_link purged"
	case l.kind == "invite" && !l.gone && l.redeemed:
		return "page of one that was used"
	case o.dead(l) != "":
		return "unable_to_auth_magic_link " + o.dead(l)
	case l.kind == "invite":
		return "page"
	}
	return fmt.Sprintf("on its way with token %d of flow %d", l.number, l.flow)
}

func (r press) believe(o *oracle) string {
	l := o.links[r.link]
	if why := o.dead(l); why != "" {
		return "unable_to_auth_magic_link " + why
	}
	return fmt.Sprintf("on its way with token %d of flow 0", l.number)
}

func (r redeem) believe(o *oracle) string {
	l := o.links[r.link]
	switch {
	case r.verifier == badVerifier:
		return "invalid_pkce_code_verifier"
	case r.mailed && !l.gone && r.project == l.project:
		return "magic_link_not_found invite_page"
	case r.mailed:
		return "magic_link_not_found"
	case l.gone:
		return "unable_to_auth_magic_link purged"
	case r.project != l.project:
		return "magic_link_not_found"
	case o.dead(l) != "":
		return "unable_to_auth_magic_link " + o.dead(l)
	case r.public && l.flow == 0:
		return "magic_link_not_for_public_clients"
	case l.flow == 0 && r.verifier != noVerifier:
		return "pkce_did_not_expect_code_verifier"
	case l.flow != 0 && r.verifier == noVerifier:
		return "pkce_expected_code_verifier"
	case l.flow != r.verifier:
		o.event(l.project, "link.pkce_mismatch")
		return "pkce_mismatch"
	}
	method := "magic_link"
	if l.kind == "embedded" {
		method = "embedded"
	}
	return o.comeIn(l, method, r.number, r.ticket)
}

func (r code) believe(o *oracle) string { return r.believeAt(o, o.typedAt(r)) }

// believeAt is about the links that were found to wait for the code. Some may have ended since.
func (r code) believeAt(o *oracle, waiting []*link) string {
	switch r.verifier {
	case noVerifier:
		return "pkce_expected_code_verifier"
	case badVerifier:
		return "invalid_pkce_code_verifier"
	}
	if len(waiting) == 0 {
		return "unable_to_auth_otp_code"
	}
	box, recent := r.project+identity(waiting[0].to.text), 0
	for _, at := range o.misses[box] {
		if at > o.now-day {
			recent++
		}
	}
	switch i := slices.IndexFunc(waiting, func(l *link) bool { return l.number == r.of }); {
	case recent >= guesses && !r.public:
		return "too_many_requests code"
	case recent >= guesses: // which a stranger is not told
		waiting[0].guessed++
		return "unable_to_auth_otp_code"
	case i >= 0 && o.dead(waiting[i]) != "": // no miss: the code was right
		return "unable_to_auth_otp_code"
	case i >= 0:
		return o.comeIn(waiting[i], "otp", r.number, r.ticket)
	}
	o.misses[box] = append(o.misses[box], o.now)
	waiting[0].guessed++
	return "unable_to_auth_otp_code"
}

// typedAt is the links whose codes count: of the address, asked for by who holds the
// verifier, and no more than the newest few.
func (o *oracle) typedAt(r code) (waiting []*link) {
	to := o.holder(r.project, r.address)
	if s := o.living(r.project, r.in); s != nil {
		if own := o.own(s.of, r.address); own != nil && own.waits != 0 {
			to = own
		}
	}
	for _, l := range o.links {
		if to != nil && l.to == to && l.flow == r.verifier && o.dead(l) == "" {
			waiting = append(waiting, l)
		}
	}
	slices.SortFunc(waiting, func(a, b *link) int {
		if a.made > b.made || a.made == b.made && o.newer(a.number, b.number) {
			return -1
		}
		return 1
	})
	return waiting[:min(len(waiting), codesAtOnce)]
}

// comeIn is what a redemption means, once it is known that the link may be redeemed.
// Each refusal comes before anything is changed.
func (o *oracle) comeIn(l *link, method string, number int, t ticket) string {
	s := o.living(l.project, t.in)
	if s != nil && s.of != l.of {
		s = nil
	}
	if s == nil && t.in != (token{}) && !t.anew {
		return "session_not_found"
	}
	if l.in != 0 && (s == nil || s.number != l.in) {
		return "attached_in_another_session"
	}
	if l.to != nil && l.to.waits != 0 {
		if holder := o.holder(l.project, l.to.text); holder != nil {
			if holder.proven || holder.of.kept {
				return "duplicate_email"
			}
			o.displace(holder)
		}
	}
	o.spend(l)
	answer := "in by " + method
	if l.to != nil {
		answer += " for " + l.to.text
	}
	return answer + o.enter(l, s, factor{method: method, to: l.to, link: l.number}, number, t)
}

// displace makes way for who has proven the address of somebody who never did.
func (o *oracle) displace(a *address) {
	o.revokeTo(a, "")
	o.drop(a)
	if len(a.of.addresses) == 0 {
		o.forget(a.of)
	}
}

func (o *oracle) spend(l *link) {
	l.redeemed, l.of.pending = true, false
	o.event(l.project, "link.redeemed")
	if l.to == nil {
		return
	}
	if l.to.waits != 0 {
		o.announce(l.to)
	}
	if !l.to.proven { // who has come in needs no invitation
		o.revokeTo(l.to, "invite")
	}
	l.to.proven, l.to.waits = true, 0
	for _, other := range o.links {
		if l.flow != 0 && other.flow == l.flow && other.of == l.of && other.open() {
			other.revoked = true
		}
	}
}

// announce tells the person's other mailboxes.
func (o *oracle) announce(added *address) {
	for _, a := range added.of.addresses {
		if a != added && a.proven {
			o.letters = append(o.letters, letter{project: a.of.project, to: a.text, of: a.of})
		}
	}
}

// revokeTo revokes the open links to an address, of one kind or, for "", of any.
func (o *oracle) revokeTo(a *address, kind string) {
	for _, l := range o.links {
		if l.to == a && l.open() && (kind == "" || l.kind == kind) {
			l.revoked = true
		}
	}
}

// enter starts the session that was asked for, or goes on in s.
func (o *oracle) enter(l *link, s *visit, shown factor, number int, t ticket) string {
	if shown.to != nil {
		shown.link = 0
	}
	switch {
	case s == nil && t.minutes == 0:
		return ""
	case s == nil:
		s = &visit{number: number, of: l.of}
		o.sessions[number] = s
	default:
		s.generation++
	}
	s.show(shown)
	if t.minutes != 0 {
		s.until = o.now + int64(t.minutes)*minute
	}
	return fmt.Sprintf(", session %d.%d until %d", s.number, s.generation, s.until)
}

// show adds a factor. One that was shown before keeps its place, and of embedded links
// beyond the first factor only the last stays.
func (s *visit) show(shown factor) {
	for i, f := range s.shown {
		if f == shown || i > 0 && f.method == "embedded" && shown.method == "embedded" {
			s.shown[i] = shown
			return
		}
	}
	s.shown = append(s.shown, shown)
}
