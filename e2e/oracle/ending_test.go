package oracle

import "fmt"

func (r authenticate) believe(o *oracle) string {
	s := o.living(r.project, r.session)
	if s == nil {
		return "session_not_found"
	}
	if r.minutes != 0 {
		s.until = o.now + int64(r.minutes)*minute
	}
	return fmt.Sprintf("session %d until %d", s.number, s.until)
}

func (r revoke) believe(o *oracle) string {
	t := r.session
	// By its id a session is found whatever its token. So it is by a token that was good when
	// this was asked for, though it is replaced meanwhile: who signs out is signed out.
	if s := o.sessions[t.session]; s != nil && (r.byID || s.before == t.generation) {
		t.generation = s.generation
	}
	s := o.living(r.project, t)
	if s == nil {
		return "session_not_found"
	}
	s.revoked = true
	return "revoked"
}

func (r revokeInvites) believe(o *oracle) string {
	a := o.holder(r.project, r.address)
	if a == nil {
		return "email_not_found"
	}
	o.revokeTo(a, "invite")
	return "revoked"
}

func (r deleteAddress) believe(o *oracle) string {
	a := o.whose[r.of]
	if a.gone || o.over(a) {
		return "email_not_found"
	}
	o.revokeTo(a, "")
	o.expireMails(func(l *link) bool { return l.to == a })
	for _, s := range o.sessions {
		if s.of == a.of && !s.revoked && s.until > o.now {
			o.forgetFactor(s, a)
		}
	}
	o.drop(a)
	a.of.kept = true
	o.event(a.of.project, "email.deleted")
	return "deleted"
}

// forgetFactor takes an address out of a session. One that rests on nothing else ends.
func (o *oracle) forgetFactor(s *visit, a *address) {
	var left []factor
	for _, f := range s.shown {
		if f.to != a {
			left = append(left, f)
		}
	}
	if len(left) == 0 {
		s.revoked = true
		return
	}
	s.shown = left
}

func (o *oracle) drop(a *address) {
	a.gone = true
	a.of.addresses = without(a.of.addresses, a)
}

func (o *oracle) forget(p *person) {
	p.gone = true
	o.people = without(o.people, p)
}

// expireMails takes back links that are owed: every accepted mail ends with an event.
func (o *oracle) expireMails(which func(*link) bool) {
	for _, l := range o.links {
		if l.mail && which(l) {
			l.mail = false
			o.event(l.project, "mail.expired")
		}
	}
}

// expireLetters takes back what is owed to an address of a person's beside that.
func (o *oracle) expireLetters(a *address) {
	var left []letter
	for _, owed := range o.letters {
		if owed.project == a.of.project && owed.to == a.text && (owed.of == nil || owed.of == a.of) {
			o.event(owed.project, "mail.expired")
		} else {
			left = append(left, owed)
		}
	}
	o.letters = left
}

func (r deleteUser) believe(o *oracle) string {
	p := o.whose[r.user].of
	if p.gone {
		return "user_not_found"
	}
	for _, a := range p.addresses {
		o.expireLetters(a)
		o.event(p.project, "user.deleted")
		a.gone = true
	}
	o.expireMails(func(l *link) bool { return l.of == p })
	for _, l := range o.links {
		l.gone = l.gone || l.of == p
	}
	for number, s := range o.sessions {
		if s.of == p {
			delete(o.sessions, number)
		}
	}
	o.forget(p)
	return "deleted"
}
