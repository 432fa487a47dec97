package mailer

import (
	"log/slog"
	"testing"
	"time"
)

// A relay given too little time could be held to be down when it is only slow.
func TestNoRelayIsAskedInTheLastMoments(t *testing.T) {
	w := &Worker{route: newRoute(2, slog.New(slog.DiscardHandler)), Now: newClock().Now}
	w.route.report(permit{}, outcome{verdict: down, trouble: unreachable}, onRelay, asked)
	now := asked.Add(firstProbePause)
	p, ok, _, _ := w.route.admit(now)
	late := attempt{worker: w, message: testMessage(t), ends: time.Now().Add(handOver + leastBudget)}
	if got := late.run(t.Context(), p); !ok || got != (attemptResult{}) {
		t.Errorf("got %+v with leave %v, want the mail untried", got, ok)
	}
	if again, ok, _, _ := w.route.admit(now); !ok || again != p {
		t.Errorf("got leave %+v, want the unused probe passed on", again)
	}
}

func TestAProbeIsShortWhileAnotherRelayWorks(t *testing.T) {
	w := &Worker{route: newRoute(2, slog.New(slog.DiscardHandler))}
	a := attempt{worker: w, ends: time.Now().Add(lease - recordReserve)}
	if got := a.budgetFor(permit{relay: 0, probe: true}); got != probeBudget {
		t.Errorf("a probe with a relay behind it: got %s, want %s", got, probeBudget)
	}
	w.route.report(permit{relay: 1}, outcome{verdict: down, trouble: unreachable}, onRelay, asked)
	for _, p := range []permit{{relay: 0}, {relay: 0, probe: true}, {relay: 1, probe: true}} {
		if got := a.budgetFor(p); got <= probeBudget || got > mailBudget {
			t.Errorf("%+v: got %s, want the mail's whole time", p, got)
		}
	}
	if left := a.budget() - dialTimeout; left < leastBudget {
		t.Errorf("after a relay that hangs at the door %s are left, want enough for another", left)
	}
}

// What may have been taken is never passed on, even when the relay failed for another
// mail meanwhile.
func TestWhatIsPassedOn(t *testing.T) {
	normal, probe := permit{}, permit{probe: true}
	for _, c := range []struct {
		name   string
		result attemptResult
		p      permit
		want   bool
	}{
		{"sent", attemptResult{tried: true, outcome: outcome{verdict: sent}}, normal, false},
		{"sent by a probe", attemptResult{tried: true, outcome: outcome{verdict: sent}}, probe, false},
		{"in doubt", attemptResult{tried: true, outcome: outcome{verdict: deferred, inDoubt: true}}, probe, false},
		{"bounced", attemptResult{tried: true, outcome: outcome{verdict: bounced, code: 550}}, probe, false},
		{"deferred", attemptResult{tried: true, outcome: outcome{verdict: deferred, code: 450}}, probe, false},
		{"broken off", attemptResult{tried: true, outcome: outcome{verdict: deferred}}, normal, false},
		{"broken off by a probe", attemptResult{tried: true, outcome: outcome{verdict: deferred}}, probe, true},
		{"down", attemptResult{tried: true, outcome: outcome{verdict: down}}, normal, true},
		{"refused", attemptResult{tried: true, outcome: outcome{verdict: refused, code: 550}}, normal, true},
		{"failed meanwhile", attemptResult{blocked: true}, normal, true},
		{"no sender free", attemptResult{}, normal, false},
	} {
		if got := c.result.passesOn(c.p); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Another mail must be the next to probe with where one was refused.
func TestARefusalOutlastsSilence(t *testing.T) {
	refusal := attemptResult{tried: true, outcome: outcome{verdict: refused, code: 550}}
	silence := attemptResult{tried: true, outcome: outcome{verdict: down}}
	answer := attemptResult{tried: true, outcome: outcome{verdict: bounced, code: 550}}
	for _, c := range []struct{ first, second, want attemptResult }{
		{refusal, silence, refusal},
		{silence, refusal, refusal},
		{refusal, attemptResult{blocked: true}, refusal},
		{silence, attemptResult{}, silence},
		{attemptResult{blocked: true}, silence, silence},
		{refusal, answer, answer},
	} {
		if got := c.first.then(c.second); got != c.want {
			t.Errorf("%+v, then %+v: got %+v, want %+v", c.first, c.second, got, c.want)
		}
	}
}
