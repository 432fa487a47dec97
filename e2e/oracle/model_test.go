package oracle

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// sequencesVariable is how many sequences are tried on each database.
const sequencesVariable = "LATCHKEY_R15_SEQUENCES"

// How many sequences the short form tries, and how many steps a sequence has on average.
const (
	shortForm = "100"
	steps     = "15"
)

// Drill R15: whatever happens in whatever order, the service does what the design says.
func TestWhateverHappensIsAsTheDesignSays(t *testing.T) {
	for name, value := range map[string]string{
		"rapid.checks": cmp.Or(os.Getenv(sequencesVariable), shortForm), "rapid.steps": steps,
	} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { check(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db")) })
	t.Run("postgres", func(t *testing.T) { check(t, storetest.PostgresSchema(t)+"&synchronous_commit=off") })
}

func check(t *testing.T, url string) {
	s, tally := newSystem(t, url), newTally(t.Name())
	rapid.Check(t, func(t *rapid.T) {
		s.forget()
		m := &model{system: s, tally: tally, believed: []history{nil}}
		tally.sequence()
		t.Repeat(map[string]func(*rapid.T){
			"alone": m.alone, "again": m.alone, "once more": m.alone, "guess": m.guess,
			"side by side": m.sideBySide, "time passes": m.timePasses, "crash": m.crash,
		})
	})
	t.Log(tally.report())
	tally.checkReached(t)
}

// model drives a system through one sequence. It keeps each history that fits what was
// seen: after requests side by side, or a crash, there can be several.
type model struct {
	*system
	*tally
	number   int
	meeting  models.ID // whom the requests being drawn are about; zero: anybody
	believed []history
	story    [][]told // for who reads of a failure
}

// alone asks for one thing.
func (m *model) alone(t *rapid.T) { m.step(t, m.draw(t)) }

// guess tries wrong codes until the budget may be used up.
func (m *model) guess(t *rapid.T) {
	if !m.has(isTyped) {
		t.Skip("nothing to guess at")
	}
	r := m.drawCode(t)
	r.of = 0
	for range rapid.IntRange(1, 6).Draw(t, "times") {
		m.step(t, r)
	}
}

// sideBySide asks for several things at once, as often as not of one person.
func (m *model) sideBySide(t *rapid.T) {
	m.sideBySides++
	if m.has(isSomebody) && rapid.Bool().Draw(t, "meet") {
		m.meeting = m.made[m.one(t, isSomebody)].user
		defer func() { m.meeting = models.ID{} }()
	}
	var requests []request
	for range rapid.IntRange(2, 4).Draw(t, "at once") {
		requests = append(requests, m.draw(t))
	}
	m.step(t, requests...)
}

// timePasses goes to an instant at which something ends, or just before it, or on by some
// while.
func (m *model) timePasses(t *rapid.T) {
	o := m.oracle()
	instants := []int64{o.now + 1, o.now + minute, o.now + 10*minute, o.now + day}
	for _, end := range o.ends() {
		instants = append(instants, end-1, end)
	}
	until := rapid.SampledFrom(instants).Draw(t, "until")
	m.story = append(m.story, []told{{request: wait{until}}})
	m.wait(max(until, o.now))
}

// crash ends the process while requests are under way, and starts another.
func (m *model) crash(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "indeed") != 9 { // it takes as long as ten requests
		t.Skip("not now")
	}
	m.crashes++
	var requests []request
	for range rapid.IntRange(0, 3).Draw(t, "under way") {
		requests = append(requests, m.draw(t))
	}
	answers := m.askAll(requests, true)
	m.open()
	m.settle(t, answers)
	m.wait(m.oracle().now + 1)
}

func (m *model) oracle() *oracle { return m.believed[0].replay(m.newer) }

func (m *model) step(t *rapid.T, requests ...request) {
	m.settle(t, m.askAll(requests, false))
	m.wait(m.oracle().now + 1) // the smallest time that rows know
}

// wait lets time pass, which changes nothing by itself.
func (m *model) wait(until int64) {
	passed := told{request: wait{until}, answer: "passed"}
	passed.ask(m.system)
	for i, h := range m.believed {
		m.believed[i] = append(h[:len(h):len(h)], passed)
	}
}

// askAll asks for all at once, and may have the store closed meanwhile.
func (m *model) askAll(requests []request, crashes bool) []told {
	answers := make([]told, len(requests))
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() { answers[i] = told{request: r, answer: m.answer(r, crashes), sideBySide: len(requests) > 1} })
	}
	if crashes {
		all.Go(func() { m.store.Close() })
	}
	all.Wait()
	m.story = append(m.story, answers)
	return answers
}

// answer is what is said to a request, in the oracle's words.
func (m *model) answer(r request, crashes bool) string {
	answer, err := r.ask(m.system)
	var refusal *problem.Problem
	switch {
	case err == nil:
	case crashes && errors.Is(err, store.ErrUnavailable):
		answer = lost
	case errors.As(err, &refusal):
		answer = strings.TrimSpace(refusal.Type + " " + refusal.Details["reason"] + refusal.Details["bucket"])
	default:
		answer = "error: " + err.Error()
	}
	m.count(r, answer)
	return answer
}

// settle finds out which histories fit the answers and what the database shows.
func (m *model) settle(t *rapid.T, step []told) {
	seen := m.picture().String()
	var possible []history
	for _, h := range m.believed {
		possible = append(possible, h.extended(step, m.newer)...)
	}
	if kept := matching(possible, seen, m.newer); len(kept) > 0 {
		m.believed = kept
		return
	}
	t.Fatal(m.difference(step, possible, seen))
}

// difference says what was seen and what was expected.
func (m *model) difference(step []told, possible []history, seen string) string {
	var text strings.Builder
	for _, past := range m.story {
		for i, next := range past {
			fmt.Fprintf(&text, "%.3s %v\n", strings.Repeat(" & ", min(i, 1)), next)
		}
	}
	for _, next := range step {
		fmt.Fprintf(&text, "got %v, want, alone: %s\n", next, next.believe(m.oracle()))
	}
	if len(possible) == 0 {
		fmt.Fprintln(&text, "there is no order of these requests that gives these answers.")
	}
	for _, h := range possible {
		fmt.Fprintf(&text, "the answers can be, but the database is not as it would be then:\n%s", compared(seen, h.replay(m.newer).picture().String()))
	}
	return text.String()
}
