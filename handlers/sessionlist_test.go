package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// list asks for a person's sessions as the project's back end would.
func (w *world) list(query string) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/sessions"+query, nil)
	r.SetBasicAuth(requiredProject, secret)
	return w.do(r)
}

func TestThePersonsLivingSessionsAreListed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.signedIn(ada)
		w.clock.Advance(time.Minute)
		second, over := w.signedIn(ada), w.signedIn(ada)
		w.wantOK(w.sessions("revoke", members{"session_token": over.text("session_token")}))
		w.signedIn(bob)
		got := w.list("?user_id=" + first.text("user_id"))
		w.wantOK(got)
		sessions, _ := got.field("sessions").([]any)
		if len(sessions) != 2 {
			t.Fatalf("got %s, want two sessions", got.body)
		}
		for i, want := range []answer{second, first} {
			w.wantJSON("session", sessions[i], must(json.Marshal(want.field("session"))))
		}
		w.clock.Advance(time.Hour)
		w.wantJSON("later", w.list("?user_id="+first.text("user_id")).field("sessions"), "[]")
	})
}

func must(text []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestSessionsOfNobody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		user := w.signedIn(ada).text("user_id")
		for query, want := range map[string]struct {
			status int
			kind   string
		}{
			"":                       {400, "missing_member"},
			"?user_id=":              {400, "missing_member"},
			"?user_id=nobody":        {404, "user_not_found"},
			"?user_id=" + user + "x": {404, "user_not_found"},
			"?user_id=" + user[:len(user)-4] + "0000": {404, "user_not_found"},
		} {
			w.wantRefusal(w.list(query), want.status, want.kind)
		}
		w.wantRefusal(w.request(http.MethodGet, "/v1/sessions?user_id="+user), 401, "unauthorized_credentials")
	})
}
