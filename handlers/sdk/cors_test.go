package sdk

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// preflight asks as Chromium does before the official client's calls.
func (w *world) preflight(origin, method, path string) answer {
	r := httptest.NewRequest(http.MethodOptions, Path+path, nil)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	r.Header.Set("Access-Control-Request-Method", method)
	r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,x-sdk-client,x-sdk-parent-host")
	return w.do(r)
}

func TestPreflights(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, tc := range []struct {
			origin, method, path string
			allowed              bool
		}{
			{appOrigin, "POST", startPath, true},
			{appOrigin, "GET", "/projects/bootstrap/" + strictToken, true},
			{appOrigin, "PUT", "/users/me", true},
			{appOrigin, "DELETE", "/users/emails/x", true},
			{appOrigin, "POST", "/events", true},
			{appOrigin, "POST", "/no/such/route", true},            // so that the client can read that there is none
			{"https://other.example.com", "POST", startPath, true}, // another project's: a preflight names none
			{appOrigin, "PATCH", "/users/me", false},
			{"", "POST", startPath, false},
			{"null", "POST", startPath, false},
			{"*", "POST", startPath, false},
			{"https://evil.example", "POST", startPath, false},
			{"http://app.example.com", "POST", startPath, false},
			{"https://app.example.com:8443", "POST", startPath, false},
			{"https://app.example.com.evil.example", "POST", startPath, false},
			{"https://sub.app.example.com", "POST", startPath, false},
			{"https://APP.example.com", "POST", startPath, false},
			{"https://app.example.com/", "POST", startPath, false},
			{"http://localhost:3000", "POST", startPath, false}, // only where the project says so
		} {
			got := w.preflight(tc.origin, tc.method, tc.path)
			if got.StatusCode != http.StatusNoContent || got.body != "" {
				t.Errorf("%s %s from %q: got %d %q, want 204", tc.method, tc.path, tc.origin, got.StatusCode, got.body)
			}
			if !slices.Contains(got.Header.Values("Vary"), "Origin") && !strings.Contains(got.Header.Get("Vary"), "Origin") {
				t.Errorf("%s %s from %q: got Vary %q", tc.method, tc.path, tc.origin, got.Header.Values("Vary"))
			}
			if origin := got.Header.Get("Access-Control-Allow-Origin"); (origin == tc.origin && origin != "") != tc.allowed || origin == "*" {
				t.Errorf("%s %s from %q: got Access-Control-Allow-Origin %q", tc.method, tc.path, tc.origin, origin)
			}
			if !tc.allowed {
				continue
			}
			for header, want := range map[string]string{
				"Access-Control-Allow-Credentials": "true", "Access-Control-Max-Age": "7200", "Access-Control-Allow-Methods": tc.method,
				"Access-Control-Allow-Headers": "authorization,content-type,x-sdk-client,x-sdk-parent-host",
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s from %s: %s: got %q, want %q", tc.method, tc.origin, header, got.Header.Get(header), want)
				}
			}
		}
	})
}

// TestARefusedOriginIsInTheLog: the page's browser says no more than that the network
// failed, as if nothing were running.
func TestARefusedOriginIsInTheLog(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		logged := func() string {
			lines := strings.Split(strings.TrimSpace(w.lines.String()), "\n")
			return lines[len(lines)-1]
		}
		const cause = `"cause":"bad_domain_for_stytch_sdk: allowed_origins does not list \"`
		w.preflight("https://evil.example", http.MethodPost, startPath)
		if got, want := logged(), cause+`https://evil.example\""`; !strings.Contains(got, want) {
			t.Errorf("a preflight: got %s, want %s", got, want)
		}
		evil := w.page()
		evil.origin = "https://evil.example"
		evil.post(startPath, newFlow("ada@example.com").start())
		if got, want := logged(), cause+`https://evil.example\""`; !strings.Contains(got, want) {
			t.Errorf("a request: got %s, want %s", got, want)
		}
		w.preflight(appOrigin, http.MethodPost, startPath)
		if got := logged(); strings.Contains(got, "cause") {
			t.Errorf("a page that is listed: got %s", got)
		}
		w.preflight("https://"+strings.Repeat("x", 8000), http.MethodPost, startPath)
		if got := logged(); len(got) > 1000 {
			t.Errorf("a stranger writes %d bytes into the log", len(got))
		}
	})
}

// TestWhoMayCall is the project's own list, which the preflight could not ask.
func TestWhoMayCall(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, tc := range []struct {
			name   string
			from   client
			site   string // Sec-Fetch-Site
			let    bool
			shared bool // whether the page may read the answer
		}{
			{"a listed page", client{token: strictToken, origin: appOrigin}, "cross-site", true, true},
			{"another project's page", client{token: strictToken, origin: "https://other.example.com"}, "cross-site", false, true},
			{"a page that nobody lists", client{token: strictToken, origin: "https://evil.example"}, "cross-site", false, false},
			{"a page in a sandbox", client{token: strictToken, origin: "null"}, "cross-site", false, false},
			{"an app", client{token: laxToken}, "", true, false},
			{"an app, where there are to be none", client{token: strictToken}, "", false, false},
			{"a page that says where it is, where apps may", client{token: laxToken, origin: "https://evil.example"}, "cross-site", false, false},
			{"a page in a sandbox, where apps may", client{token: laxToken, origin: "null"}, "cross-site", false, false},
			{"a page beside the API", client{token: strictToken}, "same-origin", true, false},
			{"a page on the same site", client{token: strictToken}, "same-site", false, false},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w := w.in(t)
				tc.from.world, tc.from.ip = w, "192.0.2.1"
				for _, r := range []*http.Request{
					tc.from.request(http.MethodPost, startPath, newFlow("ada@example.com").start()),
					tc.from.request(http.MethodGet, "/projects/bootstrap/"+tc.from.token, nil),
				} {
					if tc.site != "" {
						r.Header.Set("Sec-Fetch-Site", tc.site)
					}
					got := w.do(r)
					if tc.let {
						w.wantData(got)
					} else {
						w.wantRefusal(got, 400, "bad_domain_for_stytch_sdk")
						if len(w.mails) > 0 {
							t.Error("a mail is owed")
						}
					}
					if shared := got.Header.Get("Access-Control-Allow-Origin"); (shared != "") != tc.shared || shared != "" && shared != tc.from.origin {
						t.Errorf("got Access-Control-Allow-Origin %q", shared)
					}
					if got.Header.Get("Vary") != "Origin" {
						t.Errorf("got Vary %q, want Origin", got.Header.Get("Vary"))
					}
				}
				w.forgetMails()
			})
		}
	})
}

// TestRefusalsCanBeRead: a client that cannot read one takes it for a broken network.
func TestRefusalsCanBeRead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		page := w.page()
		notJSON := page.request(http.MethodPost, startPath, nil)
		notJSON.Header.Set("Content-Type", "text/plain")
		stranger := page
		stranger.token = "public-token-test-nobody"
		for want, r := range map[string]*http.Request{
			"route_not_found":          page.request(http.MethodPost, "/sessions/attest", members{}),
			"method_not_allowed":       page.request(http.MethodGet, startPath, nil),
			"unsupported_media_type":   notJSON,
			"body_too_large":           page.request(http.MethodPost, startPath, members{"email": strings.Repeat("a", 40<<10)}),
			"bad_request":              page.request(http.MethodPost, startPath, nil),
			"unauthorized_credentials": stranger.request(http.MethodPost, startPath, members{}),
			"user_unauthenticated":     page.request(http.MethodPost, "/sessions/authenticate", members{}),
			"session_not_found":        page.signedIn("not a token").request(http.MethodPost, "/sessions/authenticate", members{}),
		} {
			got := w.do(r)
			if got.text("error_type") != want || got.Header.Get("Access-Control-Allow-Origin") != appOrigin {
				t.Errorf("got %d %s with %q, want %s for %s", got.StatusCode, got.body, got.Header.Get("Access-Control-Allow-Origin"), want, appOrigin)
			}
			if got.Header.Get("Access-Control-Expose-Headers") != "Retry-After" {
				t.Errorf("%s: got %q exposed", want, got.Header.Get("Access-Control-Expose-Headers"))
			}
		}
	})
}

func TestLoopbackPagesOfAnyPort(t *testing.T) {
	p := Project{AnyLoopback: true}
	for origin, want := range map[string]bool{
		"http://localhost:3000": true, "https://localhost": true, "http://127.0.0.1:5173": true, "http://[::1]:80": true,
		"http://localhost.evil.example": false, "http://127.0.0.1.evil.example": false, "http://evil.example#localhost": false,
		"http://localhost@evil.example": false, "http://localhost/": false, "null": false, "": false, "file://": false, "ftp://localhost": false,
	} {
		if got := p.allows(origin); got != want {
			t.Errorf("%q: got %t, want %t", origin, got, want)
		}
	}
}
