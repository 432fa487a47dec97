package main

import "testing"

func TestMailsThatSendersHoldAreCounted(t *testing.T) {
	cancel := &queueChange{done: "cancelled", then: revoked}
	for _, c := range []struct {
		done, held int
		want       string
	}{
		{2, 0, "2 mails cancelled: their links are revoked"},
		{0, 0, "0 mails cancelled"},
		{0, 2, "0 mails cancelled; 2 are in a sender's hands: look again in half a minute"},
		{1, 1, "1 mail cancelled: its link is revoked; 1 is in a sender's hands: look again in half a minute"},
	} {
		if got := cancel.told(c.done, c.held); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
