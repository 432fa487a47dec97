package catcher

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (c running) subjects() string {
	var all []string
	for _, m := range c.Messages() {
		all = append(all, m.Subject)
	}
	return strings.Join(all, " ")
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	c := start(t, Config{MaxMessages: 3})
	for i := range 5 {
		c.send(t, "ada@example.com", fmt.Sprintf("Subject: %d\n\n", i))
	}
	if got, want := c.subjects(), "4 3 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSizeOfAllIsBounded(t *testing.T) {
	c := start(t, Config{MaxBytes: 2500})
	body := "\n\n" + strings.Repeat("x\n", 300) // 900 bytes on the wire
	for i := range 5 {
		c.send(t, "ada@example.com", fmt.Sprintf("Subject: %d", i)+body)
	}
	if got, want := c.subjects(), "4 3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c.send(t, "ada@example.com", "Subject: large\n\n"+strings.Repeat("x\n", 3000))
	if got, want := c.subjects(), "large"; got != want {
		t.Errorf("a single mail over the bound: got %s, want %s", got, want)
	}
	c.call(t, "DELETE", "/messages")
	if c.mailbox.bytes != 0 {
		t.Errorf("bytes after deleting all: got %d, want 0", c.mailbox.bytes)
	}
}

func TestFollowerThatStoppedReadingIsLetGo(t *testing.T) {
	b := newMailbox(Config{Now: time.Now, MaxMessages: 10, MaxBytes: 1000}.withDefaults())
	events, leave := b.follow()
	defer leave()
	for range followerBacklog + 1 {
		if err := b.keep(&Message{}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for range events {
		n++
	}
	if n != followerBacklog {
		t.Errorf("got %d events before the end, want %d", n, followerBacklog)
	}
}
