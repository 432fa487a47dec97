package handlers

import (
	"net/http"
	"strings"
	"testing"
)

// everyAnswer is one of each kind that the door gives, by name.
func (w *world) everyAnswer(t *testing.T) map[string]answer {
	t.Helper()
	f, native := newFlow(requiredProject, ada), newFlow(requiredProject, ada)
	native.start["redirect_url"] = nativeURL
	w.begin(f)
	w.begin(native)
	open, used := w.invite("grace@example.com", nil), w.invite("joan@example.com", nil)
	token := landingToken(t, w.press(used, nil))
	w.wantOK(w.redeem(&flow{project: requiredProject, token: token}))
	return map[string]answer{
		"an opened link":            w.request(http.MethodGet, "/l/"+f.token),
		"HEAD on a link":            w.request(http.MethodHead, "/l/"+f.token),
		"an app's page":             w.request(http.MethodGet, "/l/"+native.token),
		"an invite's page":          w.request(http.MethodGet, "/l/"+open),
		"an invite's button":        w.press(open, nil),
		"the button, by a stranger": w.press(open, map[string]string{"Sec-Fetch-Site": "cross-site"}),
		"a used invite's page":      w.request(http.MethodGet, "/l/"+used),
		"a used invite's button":    w.press(used, nil),
		"a link that never was":     w.request(http.MethodGet, "/l/nothing"),
		"the other device's page":   w.request(http.MethodGet, "/other-device/"+requiredProject),
		"no such project's page":    w.request(http.MethodGet, "/other-device/nobody"),
		"the errors' page":          w.request(http.MethodGet, "/errors"),
		"health":                    w.request(http.MethodGet, "/healthz"),
		"no such path":              w.request(http.MethodGet, "/nothing"),
		"no such asset":             w.request(http.MethodGet, "/assets/nothing.css"),
		"no such method":            w.request(http.MethodDelete, "/l/"+f.token),
		"no credentials":            w.request(http.MethodPost, startPath),
		"a start":                   w.post(requiredProject, startPath, newFlow(requiredProject, ada).start),
		"a refused start":           w.post(requiredProject, startPath, members{}),
		"a redemption":              w.redeem(f),
		"a second redemption":       w.redeem(f),
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, got := range w.everyAnswer(t) {
			for header, want := range map[string]string{
				"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
				"Strict-Transport-Security": "max-age=31536000",
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s: %s: got %q, want %q", name, header, got.Header.Get(header), want)
				}
			}
			policy := got.Header.Get("Content-Security-Policy")
			directives := []string{"default-src 'none'", "frame-ancestors 'none'"}
			if strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") && got.body != "" {
				directives = append(directives, "style-src 'self'", "img-src 'self'", "base-uri 'none'", "form-action 'self'")
			}
			if foreign := strings.Contains(policy, "http"); foreign != (name == "an invite's page") { // its button leads to the app
				t.Errorf("%s: Content-Security-Policy: got %q, with a foreign source: %t", name, policy, foreign)
			}
			for _, want := range directives {
				if !strings.Contains(policy, want) {
					t.Errorf("%s: Content-Security-Policy: got %q, want %s in it", name, policy, want)
				}
			}
		}
	})
}

// TestNoAnswerSetsACookie: the door keeps nothing in anybody's browser, so there is no
// cookie that would have to be protected.
func TestNoAnswerSetsACookie(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, got := range w.everyAnswer(t) {
			if cookies := got.Header.Values("Set-Cookie"); len(cookies) > 0 {
				t.Errorf("%s: got the cookies %q", name, cookies)
			}
		}
	})
}
