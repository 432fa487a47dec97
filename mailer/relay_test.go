package mailer

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// parse is ParseRelay with the complaints in a list.
func parse(url, tls, auth string) (Relay, []string) {
	var faults []string
	relay := ParseRelay(url, tls, auth, func(field, message string) { faults = append(faults, field+": "+message) })
	return relay, faults
}

func mustParse(t *testing.T, url string) Relay {
	t.Helper()
	relay, faults := parse(url, "", "")
	if len(faults) != 0 {
		t.Fatal(faults)
	}
	return relay
}

func TestRelaysAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		url, tls, auth string
		want           Relay
	}{
		{"smtp://localhost:1025", "", "", Relay{Host: "localhost", Port: 1025, TLS: TLSNone}},
		{"smtp://127.0.0.1", "", "", Relay{Host: "127.0.0.1", Port: 25, TLS: TLSNone}},
		{"smtp://[::1]:2525", "", "", Relay{Host: "::1", Port: 2525, TLS: TLSNone}},
		{"smtp://mail.example.com", "", "", Relay{Host: "mail.example.com", Port: 587, TLS: TLSStartTLS}},
		{"smtp://mail.example.com:25/", "", "", Relay{Host: "mail.example.com", Port: 25, TLS: TLSStartTLS}},
		{"smtp://localhost.example.com:10025", "", "", Relay{Host: "localhost.example.com", Port: 10025, TLS: TLSStartTLS}},
		{"smtps://mail.example.com", "", "", Relay{Host: "mail.example.com", Port: 465, TLS: TLSImplicit}},
		{"smtps://localhost", "implicit", "", Relay{Host: "localhost", Port: 465, TLS: TLSImplicit}},
		{"smtp://localhost", "starttls", "", Relay{Host: "localhost", Port: 587, TLS: TLSStartTLS}},
		{"smtp://mail.example.com", "implicit", "", Relay{Host: "mail.example.com", Port: 465, TLS: TLSImplicit}},
		{"smtp://mail.example.com", "none", "", Relay{Host: "mail.example.com", Port: 25, TLS: TLSNone}},
		{"smtp://me%40x:a%3Ab@mail.example", "", "scram", Relay{Host: "mail.example", Port: 587, TLS: TLSStartTLS, Auth: AuthSCRAM, Username: "me@x", password: "a:b"}},
		{"smtp://me:b@localhost", "none", "plain", Relay{Host: "localhost", Port: 25, TLS: TLSNone, Auth: AuthPlain, Username: "me", password: "b"}},
		{"sendmail:/usr/sbin/sendmail", "", "", Relay{Program: "/usr/sbin/sendmail"}},
	} {
		if got, faults := parse(c.url, c.tls, c.auth); len(faults) != 0 || got != c.want {
			t.Errorf("%s, %q, %q: got %s, %q; want %s, or another password", c.url, c.tls, c.auth, got, faults, c.want)
		}
	}
}

func TestContradictionsInARelayAreRefused(t *testing.T) {
	for _, c := range []struct{ url, tls, auth, field string }{
		{"smtps://mail.example.com", "none", "", "tls"},
		{"smtps://mail.example.com", "starttls", "", "tls"},
		{"smtp://mail.example.com", "maybe", "", "tls"},
		{"smtp://me:hunter2@mail.example.com", "none", "", "tls"},
		{"smtp://mail.example.com", "", "plain", "auth"},
		{"smtp://me:hunter2@mail.example.com", "", "cram-md5", "auth"},
		{"sendmail:/usr/sbin/sendmail", "starttls", "", "tls"},
		{"sendmail:/usr/sbin/sendmail", "", "plain", "auth"},
		{"sendmail:sendmail", "", "", "url"},
		{"sendmail:/usr/sbin/../sbin/sendmail", "", "", "url"},
		{"sendmail://host/usr/sbin/sendmail", "", "", "url"},
		{"sendmail:", "", "", "url"},
	} {
		if _, got := parse(c.url, c.tls, c.auth); len(got) != 1 || !strings.HasPrefix(got[0], c.field+": ") {
			t.Errorf("%s, %q, %q: got %q, want one complaint about %s", c.url, c.tls, c.auth, got, c.field)
		}
	}
}

// The URL holds the password, and url.Parse quotes what it cannot read.
func TestNoComplaintQuotesThePassword(t *testing.T) {
	for _, url := range []string{
		"smtp://user:hunter2@host:port", "smtp://user:hunter2%zz@host", "smtp://user:hunter2@", "ftp://user:hunter2@host",
		"smtp://user:hunter2@host/path", "smtp://user:hunter2@host:99999", "smtp://hunter2@host", "smtp:user:hunter2@host",
		"smtp://user:hunter2@host\x7f", "smtp://:hunter2@host", "sendmail:hunter2",
	} {
		if _, got := parse(url, "", ""); len(got) != 1 || strings.Contains(got[0], "hunter2") {
			t.Errorf("%s: got %q", url, got)
		}
	}
}

func TestARelayNeverShowsItsPassword(t *testing.T) {
	relay := mustParse(t, "smtp://ada:hunter2@mail.example.com")
	var log strings.Builder
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("relay", "relay", relay, "pointer", &relay, "config", Config{Relays: []Relay{relay}})
	}
	written, err := json.Marshal(relay)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(written), relay.String(), relay.Address()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		shown = append(shown, fmt.Sprintf(verb, relay), fmt.Sprintf(verb, &relay), fmt.Sprintf(verb, []Relay{relay}))
		shown = append(shown, fmt.Sprintf(verb, Config{Relays: []Relay{relay}}))
	}
	if i := slices.IndexFunc(shown, func(s string) bool { return strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") }); i >= 0 {
		t.Errorf("the password is shown: %s", shown[i])
	}
}
