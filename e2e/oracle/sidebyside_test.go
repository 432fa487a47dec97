package oracle

import (
	"slices"
	"testing"
)

// meant is the request in each way in which it can have come after what h adds to before,
// side by side with it: a code may have found its links first; and a redemption may end its
// flow's links while more of them are being written.
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
		return unseen(ways, now.beside(h, before, r.of, r.in))
	case redeem:
		return unseen(ways, h.replay(newer).beside(h, before, r.link, r.in))
	}
	return ways
}

// unseen adds that the redemption saw only some of these links.
func unseen(ways []told, links []int) []told {
	for _, number := range links {
		for _, blind := range ways {
			blind.unseen = append(slices.Clone(blind.unseen), number)
			ways = append(ways, blind)
		}
	}
	return ways
}

// beside is the open links that h has asked for since before, in the flow of the link that is
// redeemed, and which its redemption may not have seen: those of the session that it goes on in
// and whose token it replaces, and those of somebody who had not come in, by another address.
// Whoever asks for a link to the address itself has shared it, and the redemption waits.
func (o *oracle) beside(h history, before *oracle, redeemed int, in token) (links []int) {
	for _, past := range h {
		number, session := asks(past.request)
		l, by := o.links[number], o.links[redeemed]
		if l == nil || by == nil || before.links[number] != nil || l.flow != by.flow || l.in != 0 || !l.open() {
			continue
		}
		if in != (token{}) && session == in || l.of == by.of && l.of.pending && l.to != by.to {
			links = append(links, number)
		}
	}
	return links
}

// asks is the link that a request asks for, and the session that asks. 0: none.
func asks(r request) (number int, session token) {
	switch r := r.(type) {
	case start:
		return r.number, token{}
	case send:
		return r.number, r.session
	}
	return 0, token{}
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

func startFor(number int) start {
	return start{number: number, project: strict, address: grace, flow: 1}
}

// A link outlives the redemption beside it where it was asked for in the session that goes on,
// and nowhere else.
func TestOnlyThatSessionsLinkOutlivesARedemption(t *testing.T) {
	h := history(nil).answered(startFor(1), redeem{number: 2, link: 1, project: strict, verifier: 1, ticket: ticket{minutes: 60}},
		startFor(3), redeem{number: 4, link: 3, project: strict, verifier: 1, ticket: ticket{minutes: 60}}, startFor(5))
	goesOn := redeem{number: 6, link: 5, project: strict, verifier: 1, ticket: ticket{minutes: 60, in: token{session: 4}}}
	for session, outlives := range map[int]bool{4: true, 2: false} {
		asked := send{start: startFor(7), session: token{session: session}}
		if h.leavesUnseen(asked, goesOn) != outlives {
			t.Errorf("asked for in session %d: outlives the redemption in session 4: %v, want %v", session, !outlives, outlives)
		}
	}
}

// leavesUnseen says whether a link that is asked for beside a redemption may outlive it unseen.
func (h history) leavesUnseen(asked request, by redeem) bool {
	number, _ := asks(asked)
	step := []told{
		{request: asked, answer: asked.believe(h.replay(recent)), sideBySide: true},
		{request: by, answer: by.believe(h.replay(recent)), sideBySide: true},
	}
	return slices.ContainsFunc(h.extended(step, recent), func(all history) bool {
		return slices.ContainsFunc(all, func(one told) bool { return one.unseen != nil }) && all.replay(recent).links[number].open()
	})
}

// A sign-up's link outlives the redemption that brings its person in where both are of another
// address, and nowhere else.
func TestOnlyANewcomersOtherAddressOutlivesARedemption(t *testing.T) {
	for pending, outlives := range map[bool]bool{true: true, false: false} {
		first := startFor(1)
		first.pending = pending
		other := send{start: start{number: 2, project: strict, address: "hopper@example.com", flow: 1}, user: 1}
		h := history(nil).answered(first, other)
		for of, want := range map[int]bool{1: false, 2: outlives} {
			by := redeem{number: 4, link: of, project: strict, verifier: 1}
			if h.leavesUnseen(startFor(3), by) != want {
				t.Errorf("pending %v, link %d redeemed: the link outlives it unseen: %v, want %v", pending, of, !want, want)
			}
		}
	}
}

// A right code whose person is deleted beside it may be no miss; a wrong one is one each time.
func TestOnlyARightCodeIsNoMiss(t *testing.T) {
	h := history(nil).answered(startFor(1))
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
