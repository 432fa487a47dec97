package e2e

import (
	"slices"
	"syscall"
	"testing"
)

// The next signing key is known to everybody long before it signs, and nothing has to
// be restarted for it.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	server := serve(t, newSettings(t, sqliteURL(t), relay.address))
	app := server.backEnd(0)
	before := keyIDs(t, app.jwks(t))

	if status := start(t, latchkey("key", "rotate", "--config", server.file)).status(t); status != 0 {
		t.Fatalf("latchkey key rotate: exit status %d, want 0", status)
	}
	server.signal(t, syscall.SIGHUP)
	server.logged(t, "a new signing key waits")
	server.logged(t, "reloaded the configuration")
	after := keyIDs(t, app.jwks(t))
	if len(before) != 1 || len(after) != 2 || !slices.Contains(after, before[0]) {
		t.Errorf("key set: got %v, then %v, want one key, then the next one beside it", before, after)
	}
	logIn(t, server, relay, 0) // by the key of before
	if status := start(t, latchkey("key", "rotate", "--config", server.file)).status(t); status != 1 {
		t.Errorf("a second latchkey key rotate: exit status %d, want 1", status)
	}
}
