package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPageSpeaksTheBrowsersLanguage(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for accepted, want := range map[string][2]string{
			"":                        {"en", "This link does not work"},
			"de":                      {"en", "This link does not work"},
			"fr-CA,fr;q=0.9,en;q=0.8": {"fr", "Ce lien ne fonctionne pas"},
			"pt-PT, en;q=0.5":         {"pt-BR", "Este link não funciona"},
			"en;q=0.1, es-MX;q=0.9":   {"es", "Este enlace no funciona"},
		} {
			r := httptest.NewRequest(http.MethodGet, "/l/nothing", nil)
			r.Header.Set("Accept-Language", accepted)
			got := w.do(r)
			if !strings.Contains(got.body, `<html lang="`+want[0]+`">`) || !strings.Contains(got.body, "<h1>"+want[1]+"</h1>") {
				t.Errorf("%q: got\n%s\nwant %s, %q", accepted, got.body, want[0], want[1])
			}
			if got.StatusCode != http.StatusNotFound || got.Header.Get("Vary") != "Accept-Language" {
				t.Errorf("%q: got %d, Vary %q", accepted, got.StatusCode, got.Header.Get("Vary"))
			}
		}
	})
}

// The catalogue of errors is for who writes an app, and its messages are the wire's.
func TestTheErrorsPageIsEnglish(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := httptest.NewRequest(http.MethodGet, "/errors", nil)
		r.Header.Set("Accept-Language", "fr")
		if got := w.do(r); !strings.Contains(got.body, `<html lang="en">`) {
			t.Errorf("got\n%s", got.body)
		}
	})
}
