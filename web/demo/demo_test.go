package demo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/web/demo"
)

// serve starts the demo over real HTTP. Its API and inbox are places that count
// who calls, for what must call nobody.
func serve(t *testing.T) (base string, calls *atomic.Int64) {
	t.Helper()
	calls = new(atomic.Int64)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(elsewhere.Close)
	app := &demo.App{API: elsewhere.URL, ProjectID: "project", Secret: "secret", Inbox: elsewhere.URL}
	server := httptest.NewServer(app.Handler())
	t.Cleanup(server.Close)
	return server.URL, calls
}

func do(t *testing.T, method, address, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(content)
}

func errorType(t *testing.T, body string) string {
	t.Helper()
	var refusal struct {
		Type string `json:"error_type"`
	}
	if err := json.Unmarshal([]byte(body), &refusal); err != nil {
		t.Fatalf("got %q, want an error body: %v", body, err)
	}
	return refusal.Type
}

var fromOurPage = map[string]string{"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}

func TestEveryPageLoadsNothingForeign(t *testing.T) {
	base, _ := serve(t)
	for _, path := range []string{"/demo/", "/demo/callback?token=t&flow=f", "/demo/assets/index.js", "/demo/assets/demo.css", "/demo/api/session"} {
		res, body := do(t, http.MethodGet, base+path, "", nil)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d, want 200", path, res.StatusCode)
		}
		want := map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"Referrer-Policy":         "no-referrer",
			"X-Content-Type-Options":  "nosniff",
			"Cache-Control":           "no-store",
		}
		for name, value := range want {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: %s: got %q, want %q", path, name, got, value)
			}
		}
		if strings.Contains(body, "secret-") || strings.Contains(body, "style=\"") || strings.Contains(body, "onclick") {
			t.Errorf("%s holds what it must not: a secret, or what the policy blocks", path)
		}
	}
}

func TestAssetsAreNoFolder(t *testing.T) {
	base, _ := serve(t)
	for _, path := range []string{"/demo/assets/", "/demo/assets/nothing.js", "/demo/assets/..%2fpages%2findex.html", "/demo/pages/index.html"} {
		if res, _ := do(t, http.MethodGet, base+path, "", nil); res.StatusCode == http.StatusOK {
			t.Errorf("%s: got 200, want a refusal", path)
		}
	}
}

func TestEndpointsAnswerOurOwnPagesOnly(t *testing.T) {
	base, calls := serve(t)
	host := strings.TrimPrefix(base, "http://")
	const json, form = "application/json", "application/x-www-form-urlencoded"
	tests := []struct {
		name   string
		header map[string]string
		want   string
	}{
		{"no browser", map[string]string{"Content-Type": json}, "demo_cross_origin"},
		{"another site", map[string]string{"Content-Type": json, "Sec-Fetch-Site": "cross-site"}, "demo_cross_origin"},
		{"another port of this machine", map[string]string{"Content-Type": json, "Sec-Fetch-Site": "same-site", "Origin": base}, "demo_cross_origin"},
		{"typed by hand", map[string]string{"Content-Type": json, "Sec-Fetch-Site": "none"}, "demo_cross_origin"},
		{"old browser, another origin", map[string]string{"Content-Type": json, "Origin": "http://evil.example"}, "demo_cross_origin"},
		{"old browser, no origin to name", map[string]string{"Content-Type": json, "Origin": "null"}, "demo_cross_origin"},
		{"a form", map[string]string{"Content-Type": form, "Sec-Fetch-Site": "same-origin"}, "demo_not_json"},
		{"old browser, our page", map[string]string{"Content-Type": json, "Origin": "http://" + host}, "demo_bad_request"},
		{"our page", fromOurPage, "demo_bad_request"},
	}
	for _, path := range []string{"start", "mail", "attack", "finish", "code", "signout"} {
		for _, tt := range tests {
			_, body := do(t, http.MethodPost, base+"/demo/api/"+path, `{"what":"is this"}`, tt.header)
			if got := errorType(t, body); got != tt.want {
				t.Errorf("%s, %s: got %s, want %s", path, tt.name, got, tt.want)
			}
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("refused requests were passed on %d times", n)
	}
}

func TestForeignNamesForThisMachineAreRefused(t *testing.T) {
	base, _ := serve(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(base, "http://"), ":")
	tests := map[string]int{
		"127.0.0.1:" + port:              http.StatusOK,
		"localhost:" + port:              http.StatusOK,
		"[::1]:" + port:                  http.StatusOK,
		"evil.example:" + port:           http.StatusMisdirectedRequest,
		"127.0.0.1.evil.example:" + port: http.StatusMisdirectedRequest,
		"localhost.evil.example:" + port: http.StatusMisdirectedRequest,
		"192.0.2.7:" + port:              http.StatusMisdirectedRequest,
	}
	for host, want := range tests {
		res, _ := do(t, http.MethodGet, base+"/demo/", "", map[string]string{"Host": host})
		if res.StatusCode != want {
			t.Errorf("Host %s: got %d, want %d", host, res.StatusCode, want)
		}
	}
}

func TestAttackAimsAtOurOwnLinksOnly(t *testing.T) {
	base, calls := serve(t)
	for _, link := range []string{
		"http://evil.example/l/token",
		"http://127.0.0.1:1/l/token",
		"file:///l/token",
		"/l/token",
		"not a link",
	} {
		body, _ := json.Marshal(map[string]string{"link": link})
		_, answer := do(t, http.MethodPost, base+"/demo/api/attack", string(body), fromOurPage)
		if got := errorType(t, answer); got != "demo_not_our_link" {
			t.Errorf("%s: got %s, want demo_not_our_link", link, got)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d requests went out", n)
	}
}

// A caller of net/http puts the URL into its errors, and so the token.
func TestAnUnreachableLatchkeyIsNamedWithoutTheToken(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	server := httptest.NewServer((&demo.App{API: gone.URL}).Handler())
	defer server.Close()
	body, _ := json.Marshal(map[string]string{"link": gone.URL + "/l/verysecrettoken"})
	_, answer := do(t, http.MethodPost, server.URL+"/demo/api/attack", string(body), fromOurPage)
	if !strings.Contains(answer, "demo_latchkey_unreachable") {
		t.Errorf("got %s, want a line that says so", answer)
	}
	if strings.Contains(answer, "verysecrettoken") {
		t.Errorf("the answer holds the token: %s", answer)
	}
	body, _ = json.Marshal(map[string]string{"token": "verysecrettoken", "code_verifier": ""})
	res, answer := do(t, http.MethodPost, server.URL+"/demo/api/finish", string(body), fromOurPage)
	if got := errorType(t, answer); got != "demo_latchkey_unreachable" || res.StatusCode != http.StatusBadGateway {
		t.Errorf("got %d %s, want 502 demo_latchkey_unreachable", res.StatusCode, got)
	}
}

func TestSignOutWithoutSessionTakesTheCookieAway(t *testing.T) {
	base, calls := serve(t)
	res, _ := do(t, http.MethodPost, base+"/demo/api/signout", "{}", fromOurPage)
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got %d cookies, want 1", len(cookies))
	}
	got := cookies[0]
	if got.Name != "latchkey_demo_session" || got.Path != "/demo/" || !got.HttpOnly ||
		got.SameSite != http.SameSiteLaxMode || got.MaxAge >= 0 {
		t.Errorf("got %s", got)
	}
	if calls.Load() != 0 {
		t.Error("Latchkey was asked about no session")
	}
}

// A session Latchkey could not be asked to end is not forgotten: nobody could
// end it any more.
func TestSignOutKeepsTheCookieWhileLatchkeyIsAway(t *testing.T) {
	base, calls := serve(t)
	header := map[string]string{"Cookie": "latchkey_demo_session=token"}
	for name, value := range fromOurPage {
		header[name] = value
	}
	res, _ := do(t, http.MethodPost, base+"/demo/api/signout", "{}", header)
	if res.StatusCode != http.StatusBadGateway || len(res.Cookies()) != 0 || calls.Load() != 1 {
		t.Errorf("got %d, %d cookies after %d calls; want 502, none, 1", res.StatusCode, len(res.Cookies()), calls.Load())
	}
}

func TestWithoutInboxTheLinkIsPasted(t *testing.T) {
	server := httptest.NewServer((&demo.App{API: "http://127.0.0.1:1"}).Handler())
	defer server.Close()
	_, page := do(t, http.MethodGet, server.URL+"/demo/", "", nil)
	if !strings.Contains(page, `id="attack-link"`) || strings.Contains(page, `id="open-inbox"`) {
		t.Error("the page does not ask for the link, or links to an inbox there is none of")
	}
	for path, want := range map[string]string{"mail": "demo_no_inbox", "attack": "demo_not_our_link"} {
		_, body := do(t, http.MethodPost, server.URL+"/demo/api/"+path, "{}", fromOurPage)
		if got := errorType(t, body); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestEveryAssetAPageNamesIsThere(t *testing.T) {
	base, _ := serve(t)
	for _, path := range []string{"/demo/", "/demo/callback"} {
		_, page := do(t, http.MethodGet, base+path, "", nil)
		for _, rest := range strings.Split(page, `="assets/`)[1:] {
			name, _, _ := strings.Cut(rest, `"`)
			if res, _ := do(t, http.MethodGet, base+"/demo/assets/"+url.PathEscape(name), "", nil); res.StatusCode != http.StatusOK {
				t.Errorf("%s names %s: got %d", path, name, res.StatusCode)
			}
		}
	}
}
