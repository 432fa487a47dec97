package oracle

import (
	"slices"
	"strings"
)

// The lives and limits that the drill is run with, in milliseconds. The limits are low,
// so that a short sequence comes up against them.
const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour

	loginLife    = hour
	signupLife   = 2 * hour
	inviteLife   = 3 * hour
	embeddedLife = hour
	attachedLife = 5 * minute

	burst, perHour, perDay = 5, 7, 10 // starts for one mailbox
	guesses                = 10       // wrong codes a day for one mailbox
	codesAtOnce            = 5
)

// lax is the project that lets a challenge be absent; strict is the other.
const (
	strict = "project-test-strict"
	lax    = "project-test-lax"
)

// oracle is all that Latchkey should know, and its methods are all that should happen
// to it. Requests are known by their numbers, and what a request made by the number of
// that request. Times are milliseconds since the sequence began.
type oracle struct {
	now      int64
	people   []*person
	links    map[int]*link // also those that are gone
	sessions map[int]*visit
	letters  []letter
	events   map[string]int
	starts   map[string][]int64 // for each mailbox
	misses   map[string][]int64 // wrong codes, for each mailbox
	whose    map[int]*address   // that the request was about
	newer    func(a, b int) bool
}

type person struct {
	project   string
	addresses []*address
	pending   bool // has not come in
	kept      bool // by the app's back end
	gone      bool
}

type address struct {
	of     *person
	text   string
	proven bool
	waits  int64 // only said to be the person's, until then; 0: it is
	gone   bool
}

type link struct {
	number            int
	project, kind     string
	of                *person
	to                *address // nil: it was never mailed
	flow              int      // whose challenge it carries; 0: none
	made, until       int64
	in                int // the session that alone may redeem it; 0: any
	redeemed, revoked bool
	mail, gone        bool // its mail is owed; its row is no more
	guessed           int  // events of wrong codes
}

// visit is a session.
type visit struct {
	number     int
	of         *person
	shown      []factor
	until      int64
	generation int // of its token
	before     int // the generation when the present step began
	revoked    bool
}

type factor struct {
	method string
	to     *address
	link   int // of an embedded one
}

// letter is a mail that carries no link.
type letter struct {
	project, to string
	of          *person // nil: nobody is known there
}

func newOracle(newer func(a, b int) bool) *oracle {
	return &oracle{
		newer: newer, links: map[int]*link{}, sessions: map[int]*visit{}, whose: map[int]*address{},
		events: map[string]int{}, starts: map[string][]int64{}, misses: map[string][]int64{},
	}
}

func (l *link) open() bool { return !l.redeemed && !l.revoked }

// dead says why a link cannot be redeemed; "" means that it can.
func (o *oracle) dead(l *link) string {
	switch {
	case l.gone:
		return "purged"
	case l.redeemed:
		return "redeemed"
	case l.revoked:
		return "revoked"
	case l.until <= o.now:
		return "expired"
	}
	return ""
}

// identity: two spellings that differ in case alone are one mailbox.
func identity(text string) string { return strings.ToLower(text) }

// mailbox: limits fold plus tags and dots as well.
func mailbox(text string) string {
	local, domain, _ := strings.Cut(identity(text), "@")
	local, _, _ = strings.Cut(local, "+")
	return strings.ReplaceAll(local, ".", "") + "@" + domain
}

// holder is whose identity the address is, and nil if it is nobody's. What only waits to
// become somebody's is no identity.
func (o *oracle) holder(project, text string) *address {
	for _, p := range o.people {
		for _, a := range p.addresses {
			if p.project == project && a.waits == 0 && identity(a.text) == identity(text) {
				return a
			}
		}
	}
	return nil
}

func (o *oracle) over(a *address) bool { return a.waits != 0 && a.waits <= o.now }

// own finds an address among a person's, those that wait among them.
func (o *oracle) own(p *person, text string) *address {
	for _, a := range p.addresses {
		if identity(a.text) == identity(text) && !o.over(a) {
			return a
		}
	}
	return nil
}

// living is the session that a token opens, or nil.
func (o *oracle) living(project string, t token) *visit {
	s := o.sessions[t.session]
	if s == nil || s.of.project != project || s.generation != t.generation || s.revoked || s.until <= o.now {
		return nil
	}
	return s
}

func (o *oracle) event(project, kind string) { o.events[project+" "+kind]++ }

// full says whether a mailbox has had as many mails as it may.
func (o *oracle) full(bucket string, share int) bool {
	burst, perHour, perDay := int64(burst-burst/share), perHour-perHour/share, perDay-perDay/share
	level, last, lastHour, lastDay := burst*minute, int64(0), 0, 0
	for _, at := range o.starts[bucket] {
		level, last = min(burst*minute, level+at-last)-minute, at
		if at > o.now-hour {
			lastHour++
		}
		if at > o.now-day {
			lastDay++
		}
	}
	return min(burst*minute, level+o.now-last) < minute || lastHour >= perHour || lastDay >= perDay
}

func without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return one == gone })
}

// ends are the instants to come at which something ends.
func (o *oracle) ends() (instants []int64) {
	for _, l := range o.links {
		instants = append(instants, l.until)
	}
	for _, s := range o.sessions {
		instants = append(instants, s.until)
	}
	for _, p := range o.people {
		for _, a := range p.addresses {
			instants = append(instants, a.waits)
		}
	}
	slices.Sort(instants)
	return slices.DeleteFunc(slices.Compact(instants), func(at int64) bool { return at <= o.now })
}
