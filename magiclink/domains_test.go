package magiclink

import (
	"errors"
	"testing"

	"latchkey/internal/problem"
)

func TestOnlyTheProjectsDomainsAreMailed(t *testing.T) {
	eachWorld(t, func(w *world) {
		bucher, err := ParseDomain("Bücher.example")
		fatal(t, err)
		w.Projects[required].Domains = []string{"example.com", bucher}
		for _, email := range []string{"ada@example.com", "ada@EXAMPLE.com", "ada@bücher.example", "ada@xn--bcher-kva.example"} {
			if err := w.ask(email); err != nil {
				t.Errorf("%s: got %v", email, err)
			}
		}
		before := w.rows()
		for _, email := range []string{"ada@example.org", "ada@sub.example.com", "ada@example.com.evil.example", "ada@example.co"} {
			if err := w.ask(email); !errors.Is(err, problem.EmailDomainNotAllowed) {
				t.Errorf("%s: got %v, want %v", email, err, problem.EmailDomainNotAllowed)
			}
		}
		if !sameRows(before, w.rows()) {
			t.Error("a refused start wrote")
		}
	})
}
