package oracle

import (
	"cmp"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"latchkey/models"
)

// The world is small, so that what happens meets what happened.
var (
	projects  = rapid.SampledFrom([]string{strict, strict, lax})
	addresses = rapid.SampledFrom([]string{"ada@example.com", "ada@example.com", "bob@example.com", "Ada@example.com", "ada+x@example.com", "eve@example.com"})
	flows     = rapid.SampledFrom([]int{1, 1, 2, 3, 0})
	minutes   = rapid.SampledFrom([]int{0, 5, 60})
	publicly  = rapid.SampledFrom([]bool{false, false, true})
	seldom    = rapid.SampledFrom([]bool{false, false, false, false, true})
)

// draw makes up the next request, of what there is to ask about.
func (m *model) draw(t *rapid.T) request {
	kinds := []string{"start", "start", "start", "send", "invite", "create"}
	if m.has(isLink) {
		kinds = append(kinds, "redeem", "redeem", "redeem", "redeem", "redeem", "open", "sendTo", "sendTo",
			"embed", "delete user", "delete address", "delete invites")
	}
	if m.has(isTyped) {
		kinds = append(kinds, "code", "code")
	}
	if m.has(isInvite) {
		kinds = append(kinds, "press", "press")
	}
	if len(m.tokens) > 0 {
		kinds = append(kinds, "authenticate", "authenticate", "revoke", "attach", "attach")
	}
	m.number++
	kind := rapid.SampledFrom(kinds).Draw(t, "request")
	switch kind {
	case "start":
		return m.drawStart(t)
	case "send":
		return send{start: m.drawStart(t)}
	case "sendTo":
		return m.drawSendTo(t)
	case "attach":
		return m.drawAttach(t)
	case "invite":
		return invite{m.number, projects.Draw(t, "project"), addresses.Draw(t, "address")}
	case "create":
		return create{m.number, projects.Draw(t, "project"), addresses.Draw(t, "address")}
	}
	return m.drawAbout(t, kind)
}

// drawAbout makes up a request about what an earlier one made.
func (m *model) drawAbout(t *rapid.T, kind string) request {
	switch kind {
	case "open":
		return open{m.one(t, isLink)}
	case "press":
		return press{m.one(t, isInvite)}
	case "redeem":
		return m.drawRedeem(t)
	case "code":
		return m.drawCode(t)
	case "authenticate":
		in := m.drawToken(t)
		return authenticate{m.projectOf(in), in, minutes.Draw(t, "minutes")}
	case "revoke":
		in := m.drawToken(t)
		return revoke{m.projectOf(in), in, rapid.Bool().Draw(t, "by id")}
	case "embed":
		return embed{m.number, m.one(t, isSomebody)}
	case "delete user":
		return deleteUser{m.one(t, isSomebody)}
	case "delete address":
		return deleteAddress{m.one(t, isMailed)}
	}
	return revokeInvites{projects.Draw(t, "project"), addresses.Draw(t, "address")}
}

func isSomebody(handle) bool { return true }
func isLink(h handle) bool   { return h.kind != "" }
func isMailed(h handle) bool { return h.kind != "embedded" }
func isTyped(h handle) bool  { return h.flow != 0 && h.address != "" }
func isInvite(h handle) bool { return h.kind == "invite" }

func (m *model) which(fits func(handle) bool) (numbers []int) {
	for _, n := range slices.Sorted(maps.Keys(m.made)) {
		if fits(m.made[n]) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func (m *model) has(fits func(handle) bool) bool { return len(m.which(fits)) > 0 }

// one is as often the newest as any: that is the one most can still happen to. Where
// requests are to meet, they are about one person if they can be.
func (m *model) one(t *rapid.T, fits func(handle) bool) int {
	numbers := m.which(func(h handle) bool { return fits(h) && h.user == m.meeting })
	if len(numbers) == 0 {
		numbers = m.which(fits)
	}
	if rapid.Bool().Draw(t, "newest") {
		return numbers[len(numbers)-1]
	}
	return rapid.SampledFrom(numbers).Draw(t, "of")
}

func (m *model) drawStart(t *rapid.T) start {
	return start{
		number: m.number, project: projects.Draw(t, "project"), address: addresses.Draw(t, "address"),
		flow: flows.Draw(t, "flow"), public: publicly.Draw(t, "public"), pending: seldom.Draw(t, "pending"),
	}
}

func (m *model) drawSendTo(t *rapid.T) send {
	r := send{start: m.drawStart(t), user: m.one(t, isSomebody)}
	r.public = false // a stranger names nobody
	r.project = m.made[r.user].project
	return r
}

func (m *model) drawAttach(t *rapid.T) send {
	r := send{start: m.drawStart(t), session: m.drawToken(t)}
	r.project = m.projectOf(r.session)
	return r
}

func (m *model) drawToken(t *rapid.T) token {
	known := m.tokensOf(m.meeting)
	if len(known) == 0 {
		known = slices.SortedFunc(maps.Keys(m.tokens), token.compare)
	}
	if rapid.Bool().Draw(t, "newest") {
		return known[len(known)-1]
	}
	return rapid.SampledFrom(known).Draw(t, "token")
}

func (m *model) tokensOf(user models.ID) []token {
	return slices.DeleteFunc(slices.SortedFunc(maps.Keys(m.tokens), token.compare), func(t token) bool {
		return m.visits[t.session].user != user
	})
}

func (t token) compare(other token) int {
	return cmp.Or(t.session-other.session, t.generation-other.generation)
}

func (m *model) projectOf(t token) string { return m.visits[t.session].project }

// drawTicket mostly goes on in a session of the person's, if it does.
func (m *model) drawTicket(t *rapid.T, user models.ID, public bool) ticket {
	r := ticket{minutes: minutes.Draw(t, "minutes"), anew: public}
	own := m.tokensOf(user)
	switch {
	case len(own) > 0 && rapid.Bool().Draw(t, "go on"):
		r.in = own[len(own)-1]
	case len(m.tokens) > 0 && seldom.Draw(t, "go on in any"):
		r.in = m.drawToken(t)
	}
	return r
}

// drawRedeem mostly asks for what will be granted.
func (m *model) drawRedeem(t *rapid.T) redeem {
	r := redeem{number: m.number, link: m.one(t, isLink)}
	h := m.made[r.link]
	r.project, r.public, r.verifier = h.project, publicly.Draw(t, "public"), h.flow
	if h.flow == 0 {
		r.public = seldom.Draw(t, "public")
	}
	if seldom.Draw(t, "other verifier") {
		r.verifier = rapid.SampledFrom([]int{noVerifier, badVerifier, 1, 2}).Draw(t, "verifier")
	}
	if seldom.Draw(t, "other project") && seldom.Draw(t, "indeed") {
		r.project = projects.Draw(t, "project")
	}
	if h.kind == "invite" && !m.pressed[r.link] {
		r.mailed = true // nobody has another yet
	}
	r.ticket = m.drawTicket(t, h.user, r.public)
	return r
}

// drawCode mostly guesses wrong, or the budget would never be used up.
func (m *model) drawCode(t *rapid.T) code {
	of := m.one(t, isTyped)
	h := m.made[of]
	r := code{number: m.number, project: h.project, address: h.address, verifier: h.flow, public: publicly.Draw(t, "public")}
	if rapid.Bool().Draw(t, "right") {
		r.of = of
	}
	if seldom.Draw(t, "other address") {
		r.address = addresses.Draw(t, "address")
	}
	if seldom.Draw(t, "other verifier") {
		r.verifier = rapid.SampledFrom([]int{noVerifier, badVerifier, 1, 2}).Draw(t, "verifier")
	}
	r.ticket = m.drawTicket(t, h.user, r.public)
	return r
}
