package oracle

import (
	"slices"
	"testing"
)

// meant is the request in each way in which it can have come after what h adds to before,
// side by side with it: a code may have found its links first; and a redemption may end its
// flow's links while one more is being written, in the session whose token it replaces.
func (t told) meant(before *oracle, h history, newer func(a, b int) bool) []told {
	ways := []told{t}
	if !t.sideBySide {
		return ways
	}
	switch r := t.request.(type) {
	case code:
		now, early := h.replay(newer), t
		early.found = numbersOf(before.typedAt(r))
		if early.found != nil && !slices.Equal(now.typedAt(r), now.numbered(early.found)) {
			ways = append(ways, early)
		}
		return now.beside(r.in, h, before, r.verifier, ways)
	case redeem:
		return h.replay(newer).beside(r.in, h, before, r.verifier, ways)
	}
	return ways
}

// beside adds that the redemption did not see what was asked for in its session meanwhile.
func (o *oracle) beside(in token, h history, before *oracle, flow int, ways []told) []told {
	unseen := o.askedInSession(in, h, before, flow)
	if unseen == nil {
		return ways
	}
	blind := ways[0]
	blind.unseen = unseen
	return append(ways, blind)
}

// askedInSession is the open links of a flow that h has asked for in that session since before,
// to addresses that wait for nothing: whoever proves one that does waits for the other.
func (o *oracle) askedInSession(in token, h history, before *oracle, flow int) (links []int) {
	for _, past := range h {
		r, sends := past.request.(send)
		if !sends || in == (token{}) || r.session != in {
			continue
		}
		if l := o.links[r.number]; l != nil && before.links[l.number] == nil && l.flow == flow && l.in == 0 && l.open() {
			links = append(links, l.number)
		}
	}
	return links
}

func numbersOf(links []*link) (numbers []int) {
	for _, l := range links {
		numbers = append(numbers, l.number)
	}
	return numbers
}

func (o *oracle) numbered(links []int) (found []*link) {
	for _, number := range links {
		found = append(found, o.links[number])
	}
	return found
}

// recent is the order in which links of one instant were made.
func recent(a, b int) bool { return a > b }

// answered adds requests one after another, each with what the oracle says.
func (h history) answered(requests ...request) history {
	for _, r := range requests {
		h = append(h, told{request: r, answer: r.believe(h.replay(recent))})
	}
	return h
}

const grace = "grace@example.com"

func asks(number int) start { return start{number: number, project: strict, address: grace, flow: 1} }

// A link outlives the redemption beside it where it was asked for in the session that goes on,
// and nowhere else.
func TestOnlyThatSessionsLinkOutlivesARedemption(t *testing.T) {
	h := history(nil).answered(asks(1), redeem{number: 2, link: 1, project: strict, verifier: 1, ticket: ticket{minutes: 60}},
		asks(3), redeem{number: 4, link: 3, project: strict, verifier: 1, ticket: ticket{minutes: 60}}, asks(5))
	goesOn := redeem{number: 6, link: 5, project: strict, verifier: 1, ticket: ticket{minutes: 60, in: token{session: 4}}}
	for session, outlives := range map[int]bool{4: true, 2: false} {
		asked := send{start: asks(7), session: token{session: session}}
		step := []told{
			{request: asked, answer: "known", sideBySide: true},
			{request: goesOn, answer: goesOn.believe(h.replay(recent)), sideBySide: true},
		}
		blind := slices.ContainsFunc(h.extended(step, recent), func(all history) bool {
			return slices.ContainsFunc(all, func(one told) bool { return one.unseen != nil }) && all.replay(recent).links[7].open()
		})
		if blind != outlives {
			t.Errorf("asked for in session %d: outlives the redemption in session 4: %v, want %v", session, blind, outlives)
		}
	}
}

// A right code whose person is deleted beside it may be no miss; a wrong one is one each time.
func TestOnlyARightCodeIsNoMiss(t *testing.T) {
	h := history(nil).answered(asks(1))
	for of, uncounted := range map[int]bool{1: true, 0: false} {
		typed := code{number: 2, project: strict, address: grace, of: of, verifier: 1}
		step := []told{
			{request: typed, answer: "unable_to_auth_otp_code", sideBySide: true},
			{request: deleteUser{1}, answer: "deleted", sideBySide: true},
		}
		early := slices.ContainsFunc(h.extended(step, recent), func(all history) bool {
			found := slices.ContainsFunc(all, func(one told) bool { return one.found != nil })
			return found && len(all.replay(recent).misses) == 0
		})
		if early != uncounted {
			t.Errorf("code of link %d: found early and not counted: %v, want %v", of, early, uncounted)
		}
	}
}
