package mailer

import (
	"strings"
	"testing"
)

// A relay whose greeting never ends is given up, and a kept connection may carry any
// number of mails: each has an allowance of its own.
func TestARelayThatSaysTooMuch(t *testing.T) {
	relay := startRelay(t)
	relay.set("greeting", say(strings.Repeat("220-"+strings.Repeat("x", 500)+"\r\n", 2000)+"220 at last"))
	if got := sendOne(t, connectTo(t, relay)); got.verdict != down {
		t.Errorf("a greeting of a megabyte: got %+v, want the relay held to be down", got)
	}
}

func TestEachMailHasItsOwnAllowance(t *testing.T) {
	relay := startRelay(t)
	relay.set("rcpt", say(strings.Repeat("250-"+strings.Repeat("x", 500)+"\r\n", 600)+"250 ok")) // 300 KiB
	c := connectTo(t, relay)
	for i := range 3 {
		if got := sendOne(t, c); got.verdict != sent {
			t.Fatalf("mail %d: got %+v, want it sent", i, got)
		}
	}
}
