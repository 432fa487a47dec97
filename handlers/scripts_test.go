package handlers

import (
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestScriptsAreServedToPagesOfAnyOrigin, whole and gzipped, under the hash that
// latchkey.json names.
func TestScriptsAreServedToPagesOfAnyOrigin(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.request(http.MethodGet, "/js/latchkey.json")
		w.wantOK(got)
		var release releaseResponse
		if err := json.Unmarshal([]byte(got.body), &release); err != nil {
			t.Fatal(err)
		}
		for end, script := range map[string]scriptResponse{".mjs": release.Module, ".js": release.Classic} {
			if want := "/js/latchkey-" + release.Version + end; script.Path != want {
				t.Errorf("path: got %s, want %s", script.Path, want)
			}
			for _, coding := range []string{"", "gzip, deflate, br"} {
				w.wantScript(script, coding)
			}
		}
		if got.Header.Get("Access-Control-Allow-Origin") != "*" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("latchkey.json: got headers %v, want it for everybody, and afresh each time", got.Header)
		}
		for _, path := range []string{"/js/latchkey-0.0.0.js", "/js/latchkey.js", "/js/..%2fpackage.json", "/js/"} {
			w.wantRefusal(w.request(http.MethodGet, path), 404, "route_not_found")
		}
	})
}

func (w *world) wantScript(script scriptResponse, acceptEncoding string) {
	w.t.Helper()
	request := httptest.NewRequest(http.MethodGet, script.Path, nil)
	request.Header.Set("Accept-Encoding", acceptEncoding)
	got := w.do(request)
	w.wantOK(got)
	for header, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding",
		"Content-Type": "text/javascript; charset=utf-8", "X-Content-Type-Options": "nosniff",
	} {
		if got.Header.Get(header) != want {
			w.t.Errorf("%s: %s: got %q, want %q", script.Path, header, got.Header.Get(header), want)
		}
	}
	body := got.body
	if acceptEncoding != "" {
		body = w.unzip(got)
	}
	hash := sha512.Sum384([]byte(body))
	if integrity := "sha384-" + base64.StdEncoding.EncodeToString(hash[:]); integrity != script.Integrity {
		w.t.Errorf("%s with Accept-Encoding %q: got %s, want %s", script.Path, acceptEncoding, integrity, script.Integrity)
	}
}

func (w *world) unzip(got answer) string {
	w.t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil || got.Header.Get("Content-Encoding") != "gzip" {
		w.t.Fatalf("got Content-Encoding %q (%v), want gzip", got.Header.Get("Content-Encoding"), err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}
