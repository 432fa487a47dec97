package templates

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var asked = time.Date(2026, 3, 5, 14, 5, 0, 0, time.UTC)

// linked and linkless are the mails with a link and those without.
var (
	linked   = []string{"login", "signup", "invite", "reset", "verify"}
	linkless = []string{"address_added", "no_account", "test"}
)

func facts() MailFacts {
	return MailFacts{
		Project: "Acme", Address: "ada@example.com", NewAddress: "n***@example.com",
		Link: "https://login.example.com/l/TOKEN", Code: "1234 5678",
		AskedAt: asked, ExpiresAt: asked.Add(15 * time.Minute),
		Browser: "Firefox", System: "Linux", IPAddress: "203.0.113.7", Reference: "0A1B2C3D4E",
	}
}

func mustLoad(t *testing.T, dir string) *Set {
	t.Helper()
	set, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func render(t *testing.T, mail *Mail, facts MailFacts) MailWords {
	t.Helper()
	words, err := mail.Render(facts)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// eachMail runs a test for every mail in every language.
func eachMail(t *testing.T, test func(t *testing.T, mail *Mail)) {
	set := mustLoad(t, "")
	for _, locale := range set.Locales() {
		for _, name := range append(linked, linkless...) {
			t.Run(locale+"/"+name, func(t *testing.T) { test(t, set.Mail(name, locale)) })
		}
	}
}

// override writes a replacement and returns the folder it is in.
func override(t *testing.T, file, content string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// builtIn is an embedded file.
func builtIn(t *testing.T, file string) string {
	t.Helper()
	content, err := embedded.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// visible is a page's text, roughly as a reader sees it.
func visible(page string) string {
	body := page[strings.Index(page, "<body"):]
	body = regexp.MustCompile(`(?s)<!--.*?-->`).ReplaceAllString(body, "")
	body = regexp.MustCompile(`</?strong>`).ReplaceAllString(body, "")
	return squeeze(regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString(body, " "))
}
