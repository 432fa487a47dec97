package mailer

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func complaints(c Config) []string {
	var fields []string
	c.Validate(func(field, message string) { fields = append(fields, field+": "+message) })
	return fields
}

func TestGoodConfigHasNoComplaints(t *testing.T) {
	for _, url := range []string{
		"smtp://localhost:1025", "smtp://127.0.0.1", "smtp://[::1]:25", "smtps://mail.example.com",
		"smtp://user:p%40ss%2Fword@mail.example.com:587",
	} {
		c := testConfig()
		c.URL = url
		if got := complaints(c); len(got) != 0 {
			t.Errorf("%s: got %q", url, got)
		}
	}
}

func TestBadConfigIsComplainedAboutAtOnce(t *testing.T) {
	c := Config{
		URL: "http://x", Senders: -1, MessagesPerConnection: -1, IdleClose: -time.Second, PublicURL: "https://x.example/path",
		Projects: map[string]Project{"a": {FromName: "x\r\nBcc: y", FromAddress: "A <a@example.com>"}},
	}
	got := complaints(c)
	for _, field := range []string{
		"url", "senders", "messages_per_connection", "idle_close", "public_url",
		"projects.a.name", "projects.a.from_name", "projects.a.from_address",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, field+": ") }) {
			t.Errorf("no complaint about %s in %q", field, got)
		}
	}
}

func TestNamesThatWouldBreakAMail(t *testing.T) {
	for _, name := range []string{"a\r\nb", "a\nb", "a\x00b", "\u202eemcA", "a\u2028b", "\xff", strings.Repeat("x", 65)} {
		if nameFault(name) == "" {
			t.Errorf("%q was taken", name)
		}
	}
}

func TestSenderAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"login@example.com": true, "latchkey@localhost": true, "": false, "login": false, "a@b@c": false,
		`"a b"@example.com`: false, "a@example.com, b@example.com": false, "<a@example.com>": false,
		"a@exämple.com": false, "a@[127.0.0.1]": false,
	} {
		if got := isMailbox(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
}

// The URL holds the password, and url.Parse quotes what it cannot read.
func TestNoComplaintQuotesThePassword(t *testing.T) {
	for _, url := range []string{
		"smtp://user:hunter2@host:port", "smtp://user:hunter2%zz@host", "smtp://user:hunter2@", "ftp://user:hunter2@host",
		"smtp://user:hunter2@host/path", "smtp://user:hunter2@host:99999", "smtp://hunter2@host", "smtp:user:hunter2@host",
		"smtp://user:hunter2@host\x7f", "smtp://:hunter2@host",
	} {
		c := testConfig()
		c.URL = url
		got := complaints(c)
		if len(got) != 1 || strings.Contains(got[0], "hunter2") {
			t.Errorf("%s: got %q", url, got)
		}
	}
}

func TestRelayURL(t *testing.T) {
	for url, want := range map[string]relayURL{
		"smtp://localhost:1025":              {host: "localhost", port: 1025, security: plaintext},
		"smtp://127.0.0.1":                   {host: "127.0.0.1", port: 25, security: plaintext},
		"smtp://mail.example.com":            {host: "mail.example.com", port: 587, security: startTLS},
		"smtp://mail.example.com:25":         {host: "mail.example.com", port: 25, security: startTLS},
		"smtps://mail.example.com":           {host: "mail.example.com", port: 465, security: implicitTLS},
		"smtps://localhost":                  {host: "localhost", port: 465, security: implicitTLS},
		"smtp://me%40x:a%3Ab@mail.example":   {host: "mail.example", port: 587, username: "me@x", password: "a:b"},
		"smtp://localhost.example.com:10025": {host: "localhost.example.com", port: 10025, security: startTLS},
	} {
		if got, err := parseRelayURL(url); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", url, got, err, want)
		}
	}
}

func TestHeloName(t *testing.T) {
	for url, want := range map[string]string{
		"https://login.example.com": "login.example.com", "http://127.0.0.1:8080": "[127.0.0.1]",
		"http://[::1]:8080": "[IPv6:::1]", "": "localhost",
	} {
		if got := heloName(url); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}
