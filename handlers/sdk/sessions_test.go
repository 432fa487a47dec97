package sdk

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAPageSignsInStaysInAndSignsOut(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, redeemed := w.page().come("ada@example.com")
		for _, member := range []string{"session_token", "session_jwt", "session.session_id", "session.expires_at", "user.user_id", "user_id", "method_id"} {
			if redeemed.text("data."+member) == "" {
				t.Errorf("no %s in %s", member, redeemed.body)
			}
		}
		w.clock.Advance(10 * time.Minute)
		again := in.post("/sessions/authenticate", members{})
		w.wantData(again)
		if again.text("data.session.session_id") != redeemed.text("data.session.session_id") || again.text("data.session_token") == "" || again.text("data.session_jwt") == "" {
			t.Errorf("got %s", again.body)
		}
		if again.text("data.session.expires_at") != redeemed.text("data.session.expires_at") {
			t.Error("the session's end moved, which nobody asked for")
		}
		longer := in.post("/sessions/authenticate", members{"session_duration_minutes": 120})
		w.wantData(longer)
		if got, want := longer.text("data.session.expires_at"), w.clock.Now().Add(2*time.Hour).UTC().Format(time.RFC3339); got != want {
			t.Errorf("got an end at %s, want %s", got, want)
		}
		w.wantRefusal(in.post("/sessions/authenticate", members{"session_duration_minutes": 4}), 400, "invalid_session_duration_minutes")

		w.wantData(in.post("/sessions/revoke", nil)) // clients send no body
		w.wantRefusal(in.post("/sessions/authenticate", members{}), 404, "session_not_found")
		w.wantRefusal(in.post("/sessions/revoke", nil), 404, "session_not_found")
	})
}

// TestWhoIsSignedOutIsToldSo in words that a client takes for it: with any other
// refusal it tries for ever.
func TestWhoIsSignedOutIsToldSo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		noPassword := w.page().request(http.MethodPost, "/sessions/authenticate", members{})
		noPassword.SetBasicAuth(strictToken, "")
		w.wantRefusal(w.do(noPassword), 401, "user_unauthenticated")
		w.wantRefusal(w.page().post("/sessions/authenticate", members{}), 401, "user_unauthenticated")
		w.wantRefusal(w.page().post("/sessions/revoke", nil), 401, "user_unauthenticated")
		w.wantRefusal(w.page().post(attachPath, newFlow("ada@example.com").start()), 401, "user_unauthenticated")

		in, _ := w.page().come("ada@example.com")
		another := w.app()
		another.session = in.session
		for _, dead := range []client{w.page().signedIn("malformed"), w.page().signedIn(flipped(in.session)), another} {
			w.wantRefusal(dead.post("/sessions/authenticate", members{}), 404, "session_not_found")
			w.wantRefusal(dead.post("/sessions/revoke", nil), 404, "session_not_found")
			w.wantRefusal(dead.post(attachPath, newFlow("ada@example.com").start()), 404, "session_not_found")
		}
		for _, nobody := range []string{"", "public-token-test-nobody", strict} {
			r := w.page().request(http.MethodPost, "/sessions/authenticate", members{})
			r.SetBasicAuth(nobody, nobody)
			w.wantRefusal(w.do(r), 401, "unauthorized_credentials")
		}
	})
}

// flipped has another last character.
func flipped(token string) string {
	last := byte('A')
	if token[len(token)-1] == last {
		last = 'B'
	}
	return token[:len(token)-1] + string(last)
}

// TestASessionThatIsOverKeepsNobodyOut: clients go on sending it until they have another.
func TestASessionThatIsOverKeepsNobodyOut(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, before := w.page().come("ada@example.com")
		w.wantData(in.post("/sessions/revoke", nil))
		for _, stale := range []client{in, in.signedIn("malformed")} {
			w.wantData(stale.post(sendPath, newFlow("ada@example.com").start()))
			w.mailed()
			_, after := stale.come("ada@example.com")
			if after.text("data.session.session_id") == before.text("data.session.session_id") {
				t.Error("a session that is over came to life again")
			}
			f := newFlow("ada@example.com")
			stale.begin(f)
			w.wantData(stale.post(codePath, f.typed()))
		}
	})
}

// TestASessionGoesOnWithANewToken where the same person shows another factor in it.
func TestASessionGoesOnWithANewToken(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, before := w.page().come("ada@example.com")
		f := newFlow("ada@example.com")
		in.begin(f)
		after := in.post(redeemPath, f.redemption())
		w.wantData(after)
		if after.text("data.session.session_id") != before.text("data.session.session_id") {
			t.Error("another session was started")
		}
		if after.text("data.session_token") == before.text("data.session_token") {
			t.Error("the session kept its token")
		}
		w.wantRefusal(in.post("/sessions/authenticate", members{}), 409, "session_token_replaced")
		w.wantData(in.signedIn(after.text("data.session_token")).post("/sessions/authenticate", members{}))
	})
}

// TestATokenThatWasReplacedIsToldSoForAMoment and opens nothing in it: a client that asks
// for its session while it redeems must not be signed out.
func TestATokenThatWasReplacedIsToldSoForAMoment(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, _ := w.page().come("ada@example.com")
		f := newFlow("ada@example.com")
		in.begin(f)
		after := in.post(redeemPath, f.redemption())
		w.wantData(after)
		another := w.app()
		another.session = in.session
		w.wantRefusal(another.post("/sessions/authenticate", members{}), 404, "session_not_found")

		w.clock.Advance(10*time.Second - time.Millisecond)
		told := in.post("/sessions/authenticate", members{"session_duration_minutes": 120})
		w.wantRefusal(told, 409, "session_token_replaced")
		if strings.Contains(told.body, after.text("data.session_token")) || strings.Contains(told.body, after.text("data.session.session_id")) {
			t.Errorf("the old token was told of the new: %s", told.body)
		}
		w.wantRefusal(in.post("/sessions/revoke", nil), 404, "session_not_found")
		w.wantRefusal(in.call(http.MethodGet, "/users/me", nil), 404, "session_not_found")
		w.clock.Advance(time.Millisecond)
		w.wantRefusal(in.post("/sessions/authenticate", members{}), 404, "session_not_found")
	})
}

func TestATokenThatWasReplacedInASessionThatIsOverIsOver(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, _ := w.page().come("ada@example.com")
		f := newFlow("ada@example.com")
		in.begin(f)
		after := in.post(redeemPath, f.redemption())
		w.wantData(in.signedIn(after.text("data.session_token")).post("/sessions/revoke", nil))
		w.wantRefusal(in.post("/sessions/authenticate", members{}), 404, "session_not_found")
	})
}

// TestWhoComesInAsSomebodyElseGetsASessionOfTheirOwn on a browser that two people use.
func TestWhoComesInAsSomebodyElseGetsASessionOfTheirOwn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ada, first := w.page().come("ada@example.com")
		_, second := ada.come("bob@example.com")
		if second.text("data.user_id") == first.text("data.user_id") || second.text("data.session.session_id") == first.text("data.session.session_id") {
			t.Errorf("bob came in as %s in %s", second.text("data.user_id"), second.text("data.session.session_id"))
		}
		if second.text("data.session.user_id") != second.text("data.user_id") {
			t.Error("bob's session is somebody else's")
		}
		w.wantData(ada.post("/sessions/authenticate", members{})) // hers lives on
	})
}

// TestAnAddressIsAttachedInTheSessionThatAsked and confirmed nowhere else.
func TestAnAddressIsAttachedInTheSessionThatAsked(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, signedIn := w.page().come("ada@example.com")
		f := newFlow("ada@work.example")
		w.wantData(in.post(attachPath, f.start()))
		f.token, f.code = w.mailed()
		w.wantRefusal(w.page().post(redeemPath, f.redemption()), 401, "attached_in_another_session")
		eve, _ := w.page().come("eve@example.com")
		if got := eve.post(redeemPath, f.redemption()); got.StatusCode < 400 {
			t.Errorf("got %s", got.body)
		}
		confirmed := in.post(redeemPath, f.redemption())
		w.wantData(confirmed)
		if confirmed.text("data.user_id") != signedIn.text("data.user_id") {
			t.Errorf("got %s, want %s", confirmed.text("data.user_id"), signedIn.text("data.user_id"))
		}
		if emails, _ := confirmed.field("data.user.emails").([]any); len(emails) != 2 {
			t.Errorf("got addresses %v, want two", emails)
		}
	})
}

// TestWithoutADurationThereIsNoSession: the address is proven, and that is all.
func TestWithoutADurationThereIsNoSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		got := w.page().post(redeemPath, with(f.redemption(), "session_duration_minutes", nil))
		w.wantData(got)
		if got.text("data.session_token") != "" || got.field("data.session") != nil || got.text("data.user.user_id") == "" {
			t.Errorf("got %s", got.body)
		}
		w.wantRefusal(w.page().post(redeemPath, members{"code_verifier": f.verifier}), 400, "missing_member")
	})
}

func TestACodeIsTypedWhereTheLoginBegan(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		w.wantRefusal(w.page().post(codePath, with(f.typed(), "code_verifier", newFlow("").verifier)), 401, "unable_to_auth_otp_code")
		got := w.page().post(codePath, f.typed())
		w.wantData(got)
		if got.text("data.session_token") == "" {
			t.Errorf("got %s", got.body)
		}
	})
}

// TestGuessesAtNothingCostTheMailboxNothing: without a mail there is no code, so who
// guesses without having asked for one uses up nobody's budget.
func TestGuessesAtNothingCostTheMailboxNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		for range 12 {
			w.wantRefusal(w.page().post(codePath, with(f.typed(), "code_verifier", newFlow("").verifier)), 401, "unable_to_auth_otp_code")
		}
		w.wantData(w.page().post(codePath, f.typed()))
	})
}

// TestGuessesBeyondTheBudgetDoNotProlongIt: whoever goes on guessing must not keep the
// owner's code from working for ever.
func TestGuessesBeyondTheBudgetDoNotProlongIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		right := f.code
		f.code = flippedDigit(right)
		for range 20 {
			w.wantRefusal(w.page().post(codePath, f.typed()), 401, "unable_to_auth_otp_code")
			w.clock.Advance(time.Minute)
		}
		f.code = right
		w.wantRefusal(w.page().post(codePath, f.typed()), 401, "unable_to_auth_otp_code")
		w.clock.Advance(24*time.Hour - 10*time.Minute) // the first ten have aged, the others have not
		w.page().begin(f)
		w.wantData(w.page().post(codePath, f.typed()))
	})
}

func flippedDigit(code string) string {
	return code[:len(code)-1] + string('0'+(code[len(code)-1]-'0'+1)%10)
}
