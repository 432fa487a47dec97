package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/docs"
	"latchkey/handlers/door"
	"latchkey/internal/problem"
)

// raw sends a body as it is.
func (w *world) raw(path, contentType, body string) answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth(requiredProject, secret)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return w.do(r)
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const good = `{"email":"ada@example.com"}`
		for _, tc := range []struct {
			name, contentType, body string
			status                  int
			kind                    string
		}{
			{"no content type", "", good, 415, "unsupported_media_type"},
			{"a form", "application/x-www-form-urlencoded", "email=ada@example.com", 415, "unsupported_media_type"},
			{"text", "text/plain", good, 415, "unsupported_media_type"},
			{"another charset", "application/json; charset=utf-16", good, 415, "unsupported_media_type"},
			{"empty", "application/json", "", 400, "bad_request"},
			{"null", "application/json", "null", 400, "bad_request"},
			{"a list", "application/json", "[" + good + "]", 400, "bad_request"},
			{"not closed", "application/json", good[:len(good)-1], 400, "bad_request"},
			{"something after it", "application/json", good + "{}", 400, "bad_request"},
			{"a name twice", "application/json", `{"email":"ada@example.com","email":"eve@example.com"}`, 400, "bad_request"},
			{"an escaped name twice", "application/json", `{"email":"ada@example.com","\u0065mail":"eve@example.com"}`, 400, "bad_request"},
			{"not UTF-8", "application/json", "{\"email\":\"\xff@example.com\"}", 400, "bad_request"},
			{"half a surrogate", "application/json", `{"email":"\ud800@example.com"}`, 400, "bad_request"},
			{"a number for a string", "application/json", `{"email":1}`, 400, "invalid_member_type"},
			{"too deep", "application/json", `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, 400, "bad_request"},
			{"as deep as may be", "application/json", `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, 400, "invalid_email"},
			{"too large", "application/json", `{"email":"` + strings.Repeat("a", door.MaxBody) + `"}`, 413, "body_too_large"},
			{"another case", "application/json", `{"Email":"ada@example.com"}`, 400, "invalid_email"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w := w.in(t)
				w.wantRefusal(w.raw(startPath, tc.contentType, tc.body), tc.status, tc.kind)
				w.wantNoMail("ada@example.com")
			})
		}
	})
}

func TestWhatIsNotThereAnswersInShape(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, path := range []string{"/", "/v1", "/v1/", "/v1/magic_links/email/login_or_create/", "/v2/users", "/l/", "/l", "/l/a/b",
			"/l/..%2freadyz", "/l/%2e%2e/readyz", "/l/../readyz", "/./healthz"} {
			w.wantRefusal(w.request(http.MethodGet, path), 404, "route_not_found")
		}
		got := w.request(http.MethodGet, startPath)
		w.wantRefusal(got, 405, "method_not_allowed")
		if got.Header.Get("Allow") != "POST" {
			t.Errorf("Allow: got %q", got.Header.Get("Allow"))
		}
		w.wantOK(w.request(http.MethodGet, "//v1/sessions/jwks/"+requiredProject))
	})
}

// A database that no longer answers must not keep requests for ever.
func TestEveryRequestHasADeadline(t *testing.T) {
	const writeTimeout = 30 * time.Second // the server's, which ends the connection
	eachWorld(t, func(t *testing.T, w *world) {
		api := &API{Door: w.door(), Pages: w.pages}
		api.Readiness = func(ctx context.Context) Readiness {
			end, limited := ctx.Deadline()
			if !limited || time.Until(end) > writeTimeout {
				t.Errorf("got deadline %v, want one within %s", end, writeTimeout)
			}
			return Readiness{Status: "ok"}
		}
		recorder := httptest.NewRecorder()
		api.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if recorder.Code != http.StatusOK {
			t.Errorf("got %d, want 200", recorder.Code)
		}
	})
}

func TestHealth(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, path := range []string{"/healthz", "/readyz"} {
			w.wantOK(w.request(http.MethodGet, path))
			w.wantOK(w.request(http.MethodHead, path))
		}
	})
}

func TestEveryErrorURLLeadsSomewhere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		page := w.request(http.MethodGet, "/errors")
		w.wantOK(page)
		for _, p := range problem.All() {
			if !strings.Contains(page.body, `id="`+p.Type+`"`) {
				t.Errorf("/errors does not speak of %s", p.Type)
			}
		}
		w.wantOK(w.request(http.MethodGet, "/assets/pages.css"))
	})
}

func TestTheDocumentIsServed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.request(http.MethodGet, "/openapi.yaml")
		w.wantOK(got)
		if !strings.HasPrefix(got.body, "#") || got.body != string(docs.OpenAPI) {
			t.Errorf("got %d bytes, want docs/openapi.yaml with %d", len(got.body), len(docs.OpenAPI))
		}
	})
}
