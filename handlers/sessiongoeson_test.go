package handlers

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestARedemptionGoesOnInASession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.signedIn(ada)
		f := newFlow(requiredProject, ada)
		w.begin(f)
		stranger := w.signedIn(bob)
		refused := with(with(f.redemption(), "session_token", stranger.text("session_token")), "session_duration_minutes", nil)
		w.wantRefusal(w.post(f.project, redeemPath, refused), 404, "session_not_found")
		w.clock.Advance(time.Minute)
		next := w.post(f.project, redeemPath, with(refused, "session_token", first.text("session_token")))
		w.wantOK(next)
		for _, same := range []string{"session.session_id", "session.started_at", "session.expires_at"} {
			if got, want := next.text(same), first.text(same); got != want {
				t.Errorf("%s: got %s, want %s", same, got, want)
			}
		}
		if next.text("session_token") == first.text("session_token") {
			t.Error("the session's token is the old one")
		}
		factors, _ := next.field("session.authentication_factors").([]any)
		if want := w.clock.Now().Format(time.RFC3339); len(factors) != 1 || factors[0].(members)["last_authenticated_at"] != want {
			t.Errorf("got factors %v, want the one, shown again at %s", factors, want)
		}
		w.wantRefusal(w.sessions("authenticate", members{"session_token": first.text("session_token")}), 404, "session_not_found")
		w.wantOK(w.sessions("authenticate", members{"session_token": next.text("session_token")}))
	})
}

// A session has one token: of many redemptions that go on in it at once one gets it, and
// the others' links are as good as before.
func TestOfManyRedemptionsInOneSessionOneGoesOn(t *testing.T) {
	const many = 50
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.signedIn(ada)
		flows := make([]*flow, many)
		for i := range flows {
			flows[i] = newFlow(requiredProject, ada)
			w.begin(flows[i])
		}
		answers := make([]answer, many)
		var all sync.WaitGroup
		for i, f := range flows {
			all.Go(func() {
				answers[i] = w.post(f.project, redeemPath, with(f.redemption(), "session_token", first.text("session_token")))
			})
		}
		all.Wait()
		won := 0
		for i, got := range answers {
			if got.StatusCode == http.StatusOK {
				won++
				continue
			}
			w.wantRefusal(got, 404, "session_not_found")
			w.wantOK(w.redeem(flows[i]))
		}
		if won != 1 {
			t.Errorf("%d redemptions went on in the session, want 1", won)
		}
	})
}
