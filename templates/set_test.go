package templates

import (
	"strings"
	"testing"
)

func TestPagesAreThere(t *testing.T) {
	set := load(t, "")
	if set.Page("refusal") == nil || set.Page("nonesuch") != nil {
		t.Error("want the page refusal and not the page nonesuch")
	}
	if len(set.Stylesheet()) == 0 {
		t.Error("the stylesheet is empty")
	}
}

func TestOverrideReplacesOneFile(t *testing.T) {
	dir := override(t, "mail/login.txt", strings.Join([]string{
		`{{define "subject"}}Your link, {{.Project}}{{end}}`,
		`{{define "heading"}}Hello{{end}}`, `{{define "lead"}}Here it is.{{end}}`,
		`{{define "otherwise"}}all is well.{{end}}`,
	}, "\n"))
	set := load(t, dir)
	words, err := set.Mail("login").Render(facts())
	if err != nil {
		t.Fatal(err)
	}
	if words.Subject != "Your link, Acme" || !strings.Contains(words.Text, "Here it is. Open this link:") {
		t.Errorf("got %q and\n%s", words.Subject, words.Text)
	}
	signup, err := set.Mail("signup").Render(facts())
	if err != nil {
		t.Fatal(err)
	}
	if signup.Subject != "Finish signing up to Acme (14:05 UTC)" {
		t.Errorf("the other mail changed too: %q", signup.Subject)
	}
}

func TestBrokenOverridesAreRefused(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"syntax", "mail/login.txt", "{{if}}", "mail/login.txt"},
		{"a fact that does not exist", "mail/login.txt", `{{define "subject"}}{{.Surname}}{{end}}`, "Surname"},
		{"a part that is missing", "mail/signup.txt", `{{define "subject"}}x{{end}}`, "heading"},
		{"a mail without the link", "mail/layout.txt", `{{define "mail"}}Good day.{{end}}`, "alone on a line"},
		{"HTML without the link", "mail/layout.html", `{{define "mail"}}Good day.{{end}}`, "no link"},
		{"a page's syntax", "pages/refusal.html", "{{end}}", "pages/refusal.html"},
		{"an unsafe page", "pages/refusal.html", `<a href="{{if .X}}"{{end}}>`, "refusal.html"},
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
