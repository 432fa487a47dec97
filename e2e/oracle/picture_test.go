package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latchkey/models"
)

// A picture is all that can be seen, as text: a person in each block, with what is
// theirs. The oracle draws one of what it believes and the system one of its database,
// and the two must be the same. No id is in it, so that both can draw it.
type picture map[string][]string

// nobody is the block of links whose person is gone, of letters and of events.
const nobody = "nobody"

func (p picture) add(of, format string, values ...any) {
	p[of] = append(p[of], fmt.Sprintf(format, values...))
}

func (p picture) String() string {
	var blocks []string
	for _, lines := range p {
		slices.Sort(lines)
		blocks = append(blocks, strings.Join(lines, "\n   "))
	}
	slices.Sort(blocks)
	return strings.Join(blocks, "\n")
}

// The lines, the same for both.
const (
	personLine  = "%s pending=%t kept=%t"
	addressLine = "address %s proven=%t waits=%d"
	linkLine    = "link %d %s %s flow=%d for %s until %d in=%d mail=%t guessed=%d"
	sessionLine = "session %d until %d shown=%s"
	letterLine  = "letter %s to %s"
	eventLine   = "~ %s: %d"
)

func (o *oracle) picture() picture {
	p := make(picture)
	block := make(map[*person]string)
	for i, one := range o.people {
		block[one] = strconv.Itoa(i)
		p.add(block[one], personLine, one.project, one.pending, one.kept)
		for _, a := range one.addresses {
			if !o.over(a) {
				p.add(block[one], addressLine, a.text, a.proven, a.waits)
			}
		}
	}
	of := func(one *person) string { return cmp.Or(block[one], nobody) }
	for _, l := range o.links {
		if !l.gone {
			p.add(of(l.of), linkLine, l.number, l.kind, cmp.Or(o.dead(l), "alive"), l.flow, o.named(l.to), l.until, l.in, l.mail, l.guessed)
		}
	}
	for _, s := range o.sessions {
		if !s.revoked && s.until > o.now {
			p.add(of(s.of), sessionLine, s.number, s.until, o.shown(s))
		}
	}
	for _, owed := range o.letters {
		p.add(nobody, letterLine, owed.project, owed.to)
	}
	for event, n := range o.events {
		p.add(nobody, eventLine, event, n)
	}
	return p
}

// named is how an address is written where something refers to it.
func (o *oracle) named(a *address) string {
	switch {
	case a == nil:
		return "-"
	case a.gone:
		return "gone"
	}
	return a.text
}

func (o *oracle) shown(s *visit) []string {
	var list []string
	for _, f := range s.shown {
		what := o.named(f.to)
		if f.to == nil {
			what = fmt.Sprint("link ", f.link)
		}
		list = append(list, f.method+" "+what)
	}
	return list
}

// fingerprint tells two oracles apart that draw the same picture.
func (o *oracle) fingerprint() string {
	generations := make(map[int]int)
	for number, s := range o.sessions {
		generations[number] = s.generation
	}
	return fmt.Sprint(o.picture(), o.starts, o.misses, generations)
}

// gallery is the rows, as they are read.
type gallery struct {
	*system
	picture
	now     models.Instant
	block   map[models.ID]string // of persons
	address map[models.ID]string
	owed    map[models.ID]bool // links whose mail is
	link    map[models.ID]string
	session map[models.ID]int
	guessed map[models.ID]int // how often a link's code was, wrong
}

// picture draws the database, and learns the ids of what requests made.
func (s *system) picture() picture {
	g := &gallery{
		system: s, picture: picture{}, now: models.At(s.clock.Now()),
		block: map[models.ID]string{}, address: map[models.ID]string{},
		owed: map[models.ID]bool{}, link: map[models.ID]string{}, session: map[models.ID]int{}, guessed: map[models.ID]int{},
	}
	g.people()
	g.addresses()
	g.mails()
	g.numbers()
	g.history()
	g.linkRows()
	g.sessionRows()
	return g.picture
}

// each runs a query and hands each of its rows to read.
func (g *gallery) each(query string, into []any, read func()) {
	rows, err := g.raw.Query(query)
	g.fatal(err)
	defer rows.Close()
	for rows.Next() {
		g.fatal(rows.Scan(into...))
		read()
	}
	g.fatal(rows.Err())
}

func (g *gallery) people() {
	var u models.User
	g.each("SELECT id, project_id, status, kept FROM users", []any{&u.ID, &u.ProjectID, &u.Status, &u.Kept}, func() {
		g.block[u.ID] = u.ID.String()
		g.add(u.ID.String(), personLine, u.ProjectID, u.Status == models.UserPending, u.Kept)
	})
}

func (g *gallery) addresses() {
	var e models.Email
	into := []any{&e.ID, &e.UserID, &e.Address, &e.VerifiedAt, &e.AttachedUntil}
	g.each("SELECT id, user_id, address, verified_at, attached_until FROM emails", into, func() {
		g.address[e.ID] = e.Address
		if e.Gone(g.now) {
			return
		}
		waits := int64(0)
		if e.Attached() {
			waits = g.since(*e.AttachedUntil)
		}
		g.add(g.of(e.UserID), addressLine, e.Address, e.VerifiedAt != nil, waits)
	})
}

func (g *gallery) of(user models.ID) string { return cmp.Or(g.block[user], nobody) }

func (g *gallery) named(email models.ID) string { return cmp.Or(g.address[email], "gone") }

func (g *gallery) mails() {
	var m models.QueuedMail
	g.each("SELECT id, project_id, address FROM queued_mails", []any{&m.ID, &m.ProjectID, &m.Address}, func() {
		if m.Address == "" {
			g.owed[m.ID] = true
			return
		}
		g.add(nobody, letterLine, m.ProjectID, m.Address)
	})
}

func (g *gallery) numbers() {
	var id models.ID
	var agent string
	g.each("SELECT id, user_agent FROM sessions", []any{&id, &agent}, func() { g.session[id] = number(agent) })
	g.each("SELECT id, user_agent FROM magic_links", []any{&id, &agent}, func() { g.link[id] = agent })
}

func number(agent string) int {
	n, err := strconv.Atoi(agent)
	if err != nil {
		return -1
	}
	return n
}

func (g *gallery) linkRows() {
	var l models.MagicLink
	into := []any{&l.ID, &l.ProjectID, &l.UserID, &l.EmailID, &l.Kind, &l.Challenge, &l.SessionID, &l.UserAgent, &l.ExpiresAt, &l.RedeemedAt, &l.RevokedAt}
	const query = `SELECT id, project_id, user_id, email_id, kind, challenge, session_id, user_agent, expires_at, redeemed_at, revoked_at FROM magic_links`
	g.each(query, into, func() {
		n := number(l.UserAgent)
		g.make(n, handle{
			project: l.ProjectID, kind: string(l.Kind), flow: flowOf(l.Challenge), link: l.ID, user: l.UserID,
			email: l.EmailID, address: cmp.Or(g.address[l.EmailID], g.handle(n).address),
		})
		to, in := g.named(l.EmailID), 0
		if l.Kind == models.LinkEmbedded {
			to = "-"
		}
		if l.SessionID != nil {
			in = g.session[*l.SessionID]
		}
		g.add(g.of(l.UserID), linkLine, n, l.Kind, l.State(g.now), flowOf(l.Challenge), to, g.since(l.ExpiresAt), in, g.owed[l.ID], g.guessed[l.ID])
	})
}

func flowOf(c string) int {
	return slices.IndexFunc(challenges, func(known string) bool { return known == c })
}

func (g *gallery) sessionRows() {
	var v models.Session
	into := []any{&v.ID, &v.UserID, &v.FactorID, &v.Method, &v.MoreFactors, &v.ExpiresAt, &v.RevokedAt}
	g.each("SELECT id, user_id, email_id, method, more_factors, expires_at, revoked_at FROM sessions", into, func() {
		if !v.Alive(g.now) {
			return
		}
		var shown []string
		for _, f := range v.Factors() {
			what := g.named(f.ID)
			if f.Method == models.MethodEmbedded {
				what = "link " + g.link[f.ID]
			}
			shown = append(shown, string(f.Method)+" "+what)
		}
		g.add(g.of(v.UserID), sessionLine, g.session[v.ID], g.since(v.ExpiresAt), shown)
	})
}

func (g *gallery) history() {
	var e models.Event
	counts := make(map[string]int)
	g.each("SELECT project_id, kind, link_id FROM events", []any{&e.ProjectID, &e.Kind, &e.LinkID}, func() {
		if e.Kind == models.EventCodeMismatch { // a stranger's guess at nothing writes one, too
			g.guessed[e.LinkID]++
			return
		}
		counts[e.ProjectID+" "+string(e.Kind)]++
	})
	for event, n := range counts {
		g.add(nobody, eventLine, event, n)
	}
}

// compared is the lines in which two pictures differ.
func compared(got, want string) string {
	var lines []string
	was := slices.Collect(strings.Lines(got + "\n"))
	wanted := slices.Collect(strings.Lines(want + "\n"))
	for _, line := range was {
		if !slices.Contains(wanted, line) {
			lines = append(lines, "   got  "+strings.TrimSpace(line)+"\n")
		}
	}
	for _, line := range wanted {
		if !slices.Contains(was, line) {
			lines = append(lines, "   want "+strings.TrimSpace(line)+"\n")
		}
	}
	return strings.Join(lines, "")
}
