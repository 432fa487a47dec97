package oracle

func (r start) believe(o *oracle) string {
	if refusal := o.pkce(r); refusal != "" {
		return refusal
	}
	if o.fullFor(r) {
		return "too_many_requests mailbox"
	}
	to, created := o.ensure(r.project, r.address)
	if created {
		to.of.pending = r.pending
	}
	kind := kindFor(to.of)
	if created {
		kind = "signup"
	}
	o.mail(r, kind, to, 0)
	if created {
		return "created"
	}
	return "known"
}

// pkce: without a challenge there is no mail, unless the project has chosen otherwise
// and its secret asks.
func (o *oracle) pkce(r start) string {
	if r.flow == 0 && (r.public || r.project == strict) {
		return "pkce_expected_code_challenge"
	}
	return ""
}

// Strangers have a bucket of their own, and two thirds of what it holds.
func bucket(r start) (name string, share int) {
	if r.public {
		return "public " + r.project + mailbox(r.address), 3
	}
	return r.project + mailbox(r.address), burst + perHour + perDay
}

func (o *oracle) fullFor(r start) bool {
	name, share := bucket(r)
	return o.full(name, share)
}

// count is called of what is accepted only: a refused start changes nothing.
func (o *oracle) count(r start) {
	name, _ := bucket(r)
	o.starts[name] = append(o.starts[name], o.now)
}

func (o *oracle) ensure(project, text string) (a *address, created bool) {
	if known := o.holder(project, text); known != nil {
		return known, false
	}
	p := &person{project: project}
	a = &address{of: p, text: text}
	p.addresses = []*address{a}
	o.people = append(o.people, p)
	return a, true
}

// kindFor: who has never come in signs up.
func kindFor(p *person) string {
	if p.pending {
		return "signup"
	}
	return "login"
}

// mail counts the start and writes its link.
func (o *oracle) mail(r start, kind string, to *address, in int) {
	o.count(r)
	life := map[string]int64{"login": loginLife, "signup": signupLife, "invite": inviteLife}[kind]
	l := &link{
		number: r.number, project: r.project, kind: kind, of: to.of, to: to, flow: r.flow,
		made: o.now, until: o.now + life, in: in, mail: true,
	}
	if to.waits != 0 {
		l.until = min(l.until, to.waits)
	}
	o.links[r.number], o.whose[r.number] = l, to
}

func (r send) believe(o *oracle) string {
	if refusal := o.pkce(r.start); refusal != "" {
		return refusal
	}
	var owner *person
	in := 0
	switch {
	case r.session != token{}:
		s := o.living(r.project, r.session)
		if s == nil {
			return "session_not_found"
		}
		owner, in = s.of, s.number
	case r.user != 0:
		if owner = o.whose[r.user].of; owner.gone || owner.project != r.project {
			return "user_not_found"
		}
	}
	if o.fullFor(r.start) {
		return "too_many_requests mailbox"
	}
	if owner == nil {
		return o.sendToKnown(r)
	}
	return o.sendTo(owner, in, r)
}

// sendToKnown mails a link to the person of the address. At a public door a stranger
// does not learn whether there is one.
func (o *oracle) sendToKnown(r send) string {
	to := o.holder(r.project, r.address)
	switch {
	case to != nil:
		o.mail(r.start, kindFor(to.of), to, 0)
		return "known"
	case r.public:
		o.count(r.start)
		o.letters = append(o.letters, letter{project: r.project, to: r.address})
		o.event(r.project, "start.no_account")
		return "nobody"
	}
	return "email_not_found"
}

// sendTo mails a link to an address of the owner's, or of which it is said that it is.
// There are fewer addresses here than may wait for their proof at once.
func (o *oracle) sendTo(owner *person, in int, r send) string {
	to := o.own(owner, r.address)
	if to != nil && to.waits == 0 {
		o.mail(r.start, kindFor(owner), to, 0)
		return "known"
	}
	if taken := o.holder(r.project, r.address); !r.public && taken != nil && (taken.proven || taken.of.kept) {
		return "duplicate_email"
	}
	if to == nil {
		to = &address{of: owner, text: r.address}
		owner.addresses = append(owner.addresses, to)
	}
	to.waits = o.now + attachedLife
	o.mail(r.start, kindFor(owner), to, in)
	return "known"
}

func (r invite) believe(o *oracle) string {
	asked := start{number: r.number, project: r.project, address: r.address}
	if o.fullFor(asked) {
		return "too_many_requests mailbox"
	}
	if known := o.holder(r.project, r.address); known != nil && known.proven {
		return "duplicate_email"
	}
	to, created := o.ensure(r.project, r.address)
	if created || !to.of.kept { // a stranger may have named the address before
		to.of.pending = true
	}
	to.of.kept = true
	o.mail(asked, "invite", to, 0)
	if created {
		return "created"
	}
	return "known"
}

func (r create) believe(o *oracle) string {
	if o.holder(r.project, r.address) != nil {
		return "duplicate_email"
	}
	a, _ := o.ensure(r.project, r.address)
	a.of.kept = true
	o.whose[r.number] = a
	o.event(r.project, "user.created")
	return "created"
}

func (r embed) believe(o *oracle) string {
	p := o.whose[r.user].of
	if p.gone {
		return "user_not_found"
	}
	p.kept = true
	o.whose[r.number] = &address{of: p, gone: true} // it is about none
	o.links[r.number] = &link{
		number: r.number, project: p.project, kind: "embedded", of: p, made: o.now, until: o.now + embeddedLife,
	}
	return "embedded"
}

// wait ends a step.
func (r wait) believe(o *oracle) string {
	o.now = r.until
	for _, s := range o.sessions {
		s.before = s.generation
	}
	return "passed"
}
