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
	full := testConfig()
	full.HeloName = "[IPv6:2001:db8::1]"
	full.Projects["acme"] = Project{Name: "Acme", FromAddress: "login@acme.example", EnvelopeAddress: "bounces@mail.acme.example", ReplyTo: "help@example.com"}
	for _, c := range []Config{testConfig(), full} {
		if got := complaints(c); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	}
}

func TestBadConfigIsComplainedAboutAtOnce(t *testing.T) {
	c := Config{
		HeloName: "[mail.example.com]", Senders: -1, MessagesPerConnection: -1, IdleClose: -time.Second, PublicURL: "https://x.example/path",
		Projects: map[string]Project{"a": {FromName: "x\r\nBcc: y", FromAddress: "A <a@example.com>", EnvelopeAddress: "b", ReplyTo: "c@d, e@f"}},
	}
	got := complaints(c)
	for _, field := range []string{
		"relays", "helo_name", "senders", "messages_per_connection", "idle_close", "public_url", "projects.a.name",
		"projects.a.from_name", "projects.a.from_address", "projects.a.envelope_address", "projects.a.reply_to",
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

func TestHeloName(t *testing.T) {
	for url, want := range map[string]string{
		"https://login.example.com": "login.example.com", "http://127.0.0.1:8080": "[127.0.0.1]",
		"http://[::1]:8080": "[IPv6:::1]", "": "localhost",
	} {
		if got := (Config{PublicURL: url}).heloName(); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
	if got := (Config{PublicURL: "https://login.example.com", HeloName: "mx.example.com"}).heloName(); got != "mx.example.com" {
		t.Errorf("got %q, want the name that was given", got)
	}
}
