package main

import (
	"context"
	"strings"
	"testing"
)

func TestAnInterruptedTestMailIsNoFaultOfTheRelays(t *testing.T) {
	path := exampleWith(t, "smtp://localhost:1025", "smtp://127.0.0.1:1")
	interrupted, stop := context.WithCancel(t.Context())
	stop()
	var stdout, stderr strings.Builder
	status := run(interrupted, []string{"mail", "send-test", "ada@example.com", "--config", path}, &stdout, &stderr)
	if status != exitFailure || stderr.String() != "latchkey: interrupted: not every relay was tried\n" || strings.Contains(stdout.String(), "advice") {
		t.Errorf("got %d, %q and %q, want 1, that it was, and no advice", status, stdout.String(), stderr.String())
	}
}

func TestATestMailTellsWhichKeyToCorrect(t *testing.T) {
	path := exampleWith(t, "smtp://localhost:1025", "smtp://"+caughtAt(t),
		"  fallbacks: []", "  fallbacks: [{url: \"smtp://127.0.0.1:1\"}]")
	status, stdout, stderr := execute(t, "mail", "send-test", "ada@example.com", "--config", path)
	for _, want := range []string{
		"relay 1 of 2, smtp.url: 127.0.0.1:", "  result: it has taken the mail (250", "relay 2 of 2, smtp.fallbacks[0].url: 127.0.0.1:1 (TLS: none)\n  failed at: connect\n",
		"  result: nothing takes connections at 127.0.0.1:1: ", "  advice: correct the host and port in smtp.fallbacks[0].url",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("got\n%s\nwant in it %q", stdout, want)
		}
	}
	if status != exitFailure || stderr != "latchkey: 1 relay did not take the mail\n" {
		t.Errorf("got %d and %q, want 1 and how many failed", status, stderr)
	}
}
