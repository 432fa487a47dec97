package oracle

import "slices"

// meant is the request in each way in which it can have come after what h adds to before,
// side by side with it: a code may have found its links first; and a redemption may end its
// flow's links while one more is being written, in the session whose token it replaces.
func (t told) meant(before *oracle, h history, newer func(a, b int) bool) []told {
	if !t.sideBySide {
		return []told{t}
	}
	other, now := t, h.replay(newer)
	switch r := t.request.(type) {
	case code:
		other.found = numbersOf(before.typedAt(r))
		if slices.Equal(now.typedAt(r), now.numbered(other.found)) {
			other.found = nil
		}
		other.unseen = now.askedInSession(r.in, h, before, r.verifier)
	case redeem:
		other.unseen = now.askedInSession(r.in, h, before, r.verifier)
	}
	if other.found == nil && other.unseen == nil {
		return []told{t}
	}
	return []told{t, other}
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
