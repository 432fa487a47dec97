package e2e

import (
	"os"
	"strings"
	"testing"
)

// The test mail needs no database: the configuration's is not there, and is not made.
func TestATestMailGoesThroughEveryRelay(t *testing.T) {
	t.Parallel()
	first, second := startRelay(t), reserveRelayPort(t)
	s := newSettings(t, sqliteURL(t), first.address)
	s.fallbacks = []string{second.address}
	server := &server{settings: s, file: s.write(t)}

	out, stderr := server.operate(t, 1, "send-test", "ada@example.com")
	if !strings.Contains(out, "relay 1 of 2, smtp.url: "+first.address) || !strings.Contains(out, "it has taken the mail") ||
		!strings.Contains(out, "relay 2 of 2, smtp.fallbacks[0].url: "+second.address) || !strings.Contains(out, "nothing takes connections") ||
		!strings.Contains(stderr, "1 relay did not take the mail") {
		t.Errorf("got\n%s\n%s\nwant one relay that took it and one that is unreachable", out, stderr)
	}
	relay := second.open(t)
	server.operate(t, 0, "send-test", "ada@example.com")
	if mail := relay.mail(t, "ada@example.com"); mail.Token != "" || !strings.Contains(mail.Subject, "A test mail from project-test-one") {
		t.Errorf("got %q with token %q, want a test mail without one", mail.Subject, mail.Token)
	}
	if _, err := os.Stat(strings.TrimPrefix(s.database, "sqlite:")); !os.IsNotExist(err) {
		t.Errorf("got %v, want no database to be made", err)
	}
}
