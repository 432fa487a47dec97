package handlers

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/magiclink"
)

const codePath = "/v1/otps/authenticate"

// typed is the right request to redeem the flow's code.
func (f *flow) typed() members {
	return members{
		"email": f.start["email"], "code": f.code, "code_verifier": f.verifier, "session_duration_minutes": 60,
	}
}

// wrong is a code that is not this one.
func wrong(code string) string {
	if code == "00000000" {
		return "00000001"
	}
	return "00000000"
}

func TestACodeOpensTheSessionItsLinkWould(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		byEmail := newFlow(requiredProject, "ada@example.com")
		started := w.begin(byEmail)
		got := w.post(requiredProject, codePath, with(byEmail.typed(), "email", "ADA@Example.com"))
		w.wantOK(got)
		if got.text("user_id") != started.text("user_id") || got.text("session_token") == "" {
			t.Errorf("got %s", got.body)
		}
		factors, _ := got.field("session.authentication_factors").([]any)
		if len(factors) != 1 || factors[0].(members)["type"] != "otp" {
			t.Errorf("authentication_factors: got %v", factors)
		}
		w.wantRefusal(w.redeem(byEmail), 401, "unable_to_auth_magic_link")
		w.wantRefusal(w.post(requiredProject, codePath, byEmail.typed()), 401, "unable_to_auth_otp_code")

		byMethod := newFlow(requiredProject, "ada@example.com")
		methodID := w.begin(byMethod).text("email_id")
		spaced := byMethod.code[:4] + " " + byMethod.code[4:]
		w.wantOK(w.post(requiredProject, codePath, with(with(with(byMethod.typed(), "email", nil), "method_id", methodID), "code", spaced)))
	})
}

// Two mails of one login, both with the challenge that its browser keeps: whichever
// arrives first is good, as its link would be.
func TestAnEarlierMailsCodeStillWorks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := newFlow(requiredProject, "ada@example.com")
		w.begin(first)
		second := *first
		w.begin(&second)
		w.wantOK(w.post(requiredProject, codePath, first.typed()))
		w.wantRefusal(w.post(requiredProject, codePath, second.typed()), 401, "unable_to_auth_otp_code")
	})
}

func TestRefusedCodesCostTheLinkNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		other := newFlow(requiredProject, "bob@example.com")
		w.begin(other)
		right := f.typed()
		for _, tc := range []struct {
			name   string
			body   members
			status int
			kind   string
		}{
			{"no verifier", with(right, "code_verifier", nil), 400, "pkce_expected_code_verifier"},
			{"malformed verifier", with(right, "code_verifier", "short"), 400, "invalid_pkce_code_verifier"},
			{"somebody's verifier", with(right, "code_verifier", magiclink.NewVerifier()), 401, "unable_to_auth_otp_code"},
			{"another flow's verifier", with(right, "code_verifier", other.verifier), 401, "unable_to_auth_otp_code"},
			{"another's address", with(right, "email", "bob@example.com"), 401, "unable_to_auth_otp_code"},
			{"a stranger's address", with(right, "email", "nobody@example.com"), 401, "unable_to_auth_otp_code"},
			{"no address", with(right, "email", nil), 400, "no_code_arguments"},
			{"both", with(right, "method_id", "email-test-x"), 400, "invalid_method_id"},
			{"no code", with(right, "code", nil), 400, "no_code_arguments"},
			{"seven digits", with(right, "code", f.code[:7]), 400, "invalid_code"},
			{"other digits", with(right, "code", "١٢٣٤٥٦٧٨"), 400, "invalid_code"},
			{"wrong code", with(right, "code", wrong(f.code)), 401, "unable_to_auth_otp_code"},
			{"bad duration", with(right, "session_duration_minutes", 4), 400, "invalid_session_duration_minutes"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w.in(t).wantRefusal(w.post(requiredProject, codePath, tc.body), tc.status, tc.kind)
			})
		}
		w.wantRefusal(w.post(optionalProject, codePath, right), 401, "unable_to_auth_otp_code")
		w.wantOK(w.post(requiredProject, codePath, right))
	})
}

func TestWithoutAChallengeThereIsNoCode(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := withoutPKCE(optionalProject, "ada@example.com")
		w.begin(f)
		w.wantRefusal(w.post(optionalProject, codePath, f.typed()), 400, "pkce_expected_code_verifier")
		guessed := with(f.typed(), "code_verifier", magiclink.NewVerifier())
		w.wantRefusal(w.post(optionalProject, codePath, guessed), 401, "unable_to_auth_otp_code")
		w.wantOK(w.redeem(f))
	})
}

func TestTenWrongCodesAMailboxAndTheLinkGoesOn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, second := newFlow(requiredProject, "ada@example.com"), newFlow(requiredProject, "ada@example.com")
		w.begin(first)
		w.begin(second)
		for i := range 10 {
			f := []*flow{first, second}[i%2] // the budget is the mailbox's, over all its links
			w.wantRefusal(w.post(requiredProject, codePath, with(f.typed(), "code", wrong(f.code))), 401, "unable_to_auth_otp_code")
			w.clock.Advance(time.Minute)
		}
		blocked := w.post(requiredProject, codePath, first.typed())
		w.wantRefusal(blocked, 429, "too_many_requests")
		if blocked.text("error_details.bucket") != "code" {
			t.Errorf("got %s", blocked.body)
		}
		// The first guess was ten minutes ago and ages out after a day.
		if got, want := blocked.Header.Get("Retry-After"), fmt.Sprint(24*3600-600); got != want {
			t.Errorf("Retry-After: got %s, want %s", got, want)
		}
		w.wantOK(w.redeem(first))

		w.clock.Advance(24*time.Hour - 10*time.Minute)
		third := newFlow(requiredProject, "ada@example.com")
		w.begin(third)
		w.wantOK(w.post(requiredProject, codePath, third.typed()))
	})
}

func TestFiftyGuessesAtOnceGetTenLooks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		counted := w.statuses(50, func() answer {
			return w.post(requiredProject, codePath, with(f.typed(), "code", wrong(f.code)))
		})
		if counted[401] != 10 || counted[429] != 40 {
			t.Errorf("got %v, want ten 401 and forty 429", counted)
		}
		w.wantOK(w.redeem(f))
	})
}

func TestFiftyRightCodesOneSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		counted := w.statuses(50, func() answer { return w.post(requiredProject, codePath, f.typed()) })
		if counted[200] != 1 || counted[401] != 49 {
			t.Errorf("got %v, want one 200 and 49 401", counted)
		}
	})
}

// statuses counts what n requests at once are answered.
func (w *world) statuses(n int, request func() answer) map[int]int {
	answers := make(chan int, n)
	var all sync.WaitGroup
	for range n {
		all.Go(func() { answers <- request().StatusCode })
	}
	all.Wait()
	close(answers)
	counted := make(map[int]int)
	for status := range answers {
		counted[status]++
	}
	return counted
}
