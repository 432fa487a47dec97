package templates

import (
	"strings"
	"testing"
)

func TestAFileIsReplaced(t *testing.T) {
	css := "/* mine */"
	if got := string(mustLoad(t, override(t, "pages/pages.css", css)).Assets()[0].Content); got != css {
		t.Errorf("got %q", got)
	}
	changed := strings.Replace(builtIn(t, mailLayoutText), `{{.Say "lead"}}`, `Good day. {{.Say "lead"}}`, 1)
	set := mustLoad(t, override(t, mailLayoutText, changed))
	if got := render(t, set.Mail("signup", "en"), facts()).Text; !strings.Contains(got, "Good day. Somebody") {
		t.Errorf("got\n%s", got)
	}
}

func TestBrokenReplacementsAreRefused(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"syntax", "mail/layout.txt", "{{if}}", "mail/layout.txt"},
		{"a fact that does not exist", "mail/layout.txt", `{{.Surname}}`, "Surname"},
		{"a message that does not exist", "mail/layout.txt", "{{.Say \"nonesuch\"}}", "mail.every.nonesuch"},
		{"a mail without the link", "mail/layout.txt", "Good day.", "alone on a line"},
		{"HTML without the link", "mail/layout.html", "Good day.", "no link"},
		{"a page's syntax", "pages/refusal.html", "{{end}}", "pages/refusal.html"},
		{"an unsafe page", "pages/refusal.html", `{{define "heading"}}x{{end}}{{define "main"}}<a href="{{if .Lang}}"{{end}}>{{end}}`, "refusal.html"},
		{"a page without its part", "pages/invite.html", `{{define "heading"}}x{{end}}`, "main"},
		{"a page's fact that does not exist", "pages/invite.html", `{{define "heading"}}x{{end}}{{define "main"}}{{.Facts.Surname}}{{end}}`, "Surname"},
		{"a fact of a logo's that does not exist", "pages/layout.html", "{{with .Brand.LogoDark}}{{.Surname}}{{end}}", "Surname"},
		{"a misspelt name", "mail/lgoin.txt", "x", "mail/lgoin.txt"},
	} {
		_, err := Load(override(t, c.file, c.content))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error about %q", c.name, err, c.want)
		}
	}
	if _, err := Load("/nonexistent/templates"); err == nil {
		t.Error("a folder that is not there was taken")
	}
}
