package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/handlers/door"
	"latchkey/handlers/sdk"
	"latchkey/magiclink"
)

const publicToken = "public-token-test-required"

// withBrowserDoor opens the browser door to apps, over the same services.
func (w *world) withBrowserDoor() {
	browser := &sdk.API{
		Door: w.door(), Links: w.api.Links, Sessions: w.api.Sessions, Users: w.api.Users,
		Projects: []sdk.Project{{ID: requiredProject, PublicToken: publicToken, NativeApps: true}},
	}
	w.http = door.Join(w.api.Handler(), map[string]http.Handler{sdk.Path: browser.Handler()})
}

// entrance is a door, as who logs in meets it.
type entrance struct {
	name               string
	user, password     string
	start, redeem, otp string
	wrapped            string // what a success lies in
}

var entrances = []entrance{
	{"the native door", requiredProject, secret, startPath, redeemPath, codePath, ""},
	{"the browser door", publicToken, publicToken, sdk.Path + "/magic_links/email/login_or_create",
		sdk.Path + "/magic_links/authenticate", sdk.Path + "/otps/authenticate", "data."},
}

func (e entrance) post(w *world, path string, body members) answer {
	w.t.Helper()
	encoded, err := json.Marshal(body)
	fatal(w.t, err)
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(encoded))
	r.SetBasicAuth(e.user, e.password)
	r.Header.Set("Content-Type", "application/json")
	return w.do(r)
}

func (e entrance) begin(w *world, f *flow) {
	w.t.Helper()
	w.wantOK(e.post(w, e.start, f.start))
	f.token, f.code = w.mailed()
}

// The finishes of a login: what is brought to the door, for the verifier to go with it.
func byLink(door entrance, mail *flow, verifier any) (path string, body members) {
	return door.redeem, members{"token": mail.token, "code_verifier": verifier, "session_duration_minutes": 60}
}

func byCode(door entrance, mail *flow, verifier any) (path string, body members) {
	return door.otp, members{"email": mail.start["email"], "code": mail.code, "code_verifier": verifier, "session_duration_minutes": 60}
}

// What a device has to show. B has read the mail, and seen the landing of its link; it may
// have begun a login of its own for the same address.
func verifierOfA(a, _ *flow) any  { return a.verifier }
func verifierOfB(_, b *flow) any  { return b.verifier }
func none(_, _ *flow) any         { return nil }
func empty(_, _ *flow) any        { return "" }
func challengeOfA(a, _ *flow) any { return a.start["code_challenge"] }
func flowOfA(a, _ *flow) any      { return magiclink.FlowOf(a.start["code_challenge"].(string)) }

// TestEveryFinishNeedsTheVerifierOfWhereItBegan is the promise as a person meets it: a login
// is begun on device A, and finished, or not, on A or on B. No row without A's verifier
// ends in a session; each of them names what to do next, and costs A nothing.
func TestEveryFinishNeedsTheVerifierOfWhereItBegan(t *testing.T) {
	rows := []struct {
		device    string
		finish    func(door entrance, mail *flow, verifier any) (path string, body members)
		elsewhere bool // the link was opened on B before
		shows     func(a, b *flow) any
		kind      string // of the refusal; "" for a session
		next      string
	}{
		{"A, by link", byLink, false, verifierOfA, "", ""},
		{"A, by code", byCode, false, verifierOfA, "", ""},
		{"A, by the link that B opened", byLink, true, verifierOfA, "", ""},
		{"A, by the code of the link that B opened", byCode, true, verifierOfA, "", ""},

		{"B, by link", byLink, false, none, "pkce_expected_code_verifier", "open_where_asked"},
		{"B, by link, with an empty verifier", byLink, false, empty, "pkce_expected_code_verifier", "open_where_asked"},
		{"B, by link, with the verifier of a login of its own", byLink, false, verifierOfB, "pkce_mismatch", "open_where_asked"},
		{"B, by link, with the challenge", byLink, false, challengeOfA, "pkce_mismatch", "open_where_asked"},
		{"B, by code", byCode, false, none, "pkce_expected_code_verifier", "open_where_asked"},
		{"B, by code, with an empty verifier", byCode, false, empty, "pkce_expected_code_verifier", "open_where_asked"},
		{"B, by code, with the verifier of a login of its own", byCode, false, verifierOfB, "unable_to_auth_otp_code", "check_code"},
		{"B, by code, with the challenge", byCode, false, challengeOfA, "unable_to_auth_otp_code", "check_code"},
		{"B, by the link it opened", byLink, true, none, "pkce_expected_code_verifier", "open_where_asked"},
		{"B, by the link it opened, with what the landing shows", byLink, true, flowOfA, "invalid_pkce_code_verifier", "open_where_asked"},
		{"B, by the link it opened, with the verifier of its own", byLink, true, verifierOfB, "pkce_mismatch", "open_where_asked"},
		{"B, by the code of the link it opened", byCode, true, none, "pkce_expected_code_verifier", "open_where_asked"},
	}
	eachWorld(t, func(t *testing.T, w *world) {
		w.withBrowserDoor()
		for i, row := range rows {
			t.Run(row.device, func(t *testing.T) {
				w := w.in(t)
				for _, door := range entrances {
					address := fmt.Sprintf("person-%d@example.com", i)
					a, b := newFlow(requiredProject, address), newFlow(requiredProject, address)
					door.begin(w, a)
					door.begin(w, b)
					if row.elsewhere {
						w.wantLanding(a)
					}
					finish := func(verifier any) answer {
						path, body := row.finish(door, a, verifier)
						return door.post(w, path, body)
					}
					if row.kind != "" {
						w.wantStuck(door, finish(row.shows(a, b)), row.kind, row.next)
					}
					if in := finish(a.verifier); in.text(door.wrapped+"session_token") == "" {
						t.Errorf("%s: A, who asked: got %d %s, want a session", door.name, in.StatusCode, in.body)
					}
				}
			})
		}
	})
}

// wantLanding opens the flow's link, as somebody else's browser does.
func (w *world) wantLanding(f *flow) {
	w.t.Helper()
	if got := w.request(http.MethodGet, "/l/"+f.token); got.StatusCode != http.StatusFound || len(got.Cookies()) != 0 {
		w.t.Fatalf("opening: got %d and %d cookies, want 302 and none", got.StatusCode, len(got.Cookies()))
	}
}

// wantStuck wants a refusal with a next step, and no session in it.
func (w *world) wantStuck(door entrance, got answer, kind, next string) {
	w.t.Helper()
	if got.StatusCode < 400 || got.text("error_type") != kind || got.text("error_details.next") != next {
		w.t.Errorf("%s: got %d %s, want %s and then %s", door.name, got.StatusCode, got.body, kind, next)
	}
	page, url := got.text("error_details.next_url"), ""
	if next == "open_where_asked" {
		url = publicURL + "/other-device/" + requiredProject
	}
	if page != url {
		w.t.Errorf("%s: %s: next_url: got %q, want %q", door.name, kind, page, url)
	}
	if got.text("data.session_token") != "" || got.text("session_token") != "" || len(got.Cookies()) != 0 {
		w.t.Errorf("%s: a refusal with a session: %s", door.name, got.body)
	}
}
