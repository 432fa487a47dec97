package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// endpoints is how the SDK is pointed at plain http.
func endpoints(url string) map[string]any {
	return map[string]any{"endpoints": map[string]string{"testAPIURL": url, "liveAPIURL": url}}
}

// startPlain serves http on a host name that browsers take for a secure context.
func startPlain(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	server.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return server
}

// page serves the app of browser/ with the SDK as it was published.
func (s sdk) page(publicToken string, options map[string]any) http.Handler {
	folder := func(path ...string) http.Handler {
		return http.FileServer(http.Dir(filepath.Join(append([]string{string(s)}, path...)...)))
	}
	app := folder("browser")
	mux := http.NewServeMux()
	mux.Handle("/", app)
	mux.Handle("/authenticate", http.StripPrefix("/authenticate", app))
	mux.Handle("/sdk/", http.StripPrefix("/sdk/", folder("node_modules", "@stytch", "vanilla-js", "dist", "esm")))
	mux.HandleFunc("/settings.json", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"publicToken": publicToken, "options": options})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer") // the landing has the token in its address
		w.Header().Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// withoutBootstrap is a Latchkey whose bootstrap fails, upon which the SDK takes PKCE
// for not required.
func withoutBootstrap(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sdk/v1/projects/bootstrap/") {
			http.Error(w, "not today", http.StatusInternalServerError)
			return
		}
		api.ServeHTTP(w, r)
	})
}
