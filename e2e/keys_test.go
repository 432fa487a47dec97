package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"strings"
	"testing"
)

// writeKey makes a key file as an operator would who provides one.
func writeKey(t *testing.T, path string) {
	t.Helper()
	key := make([]byte, 32)
	rand.Read(key) // never fails: it ends the process instead
	line := "1:" + base64.RawURLEncoding.EncodeToString(key) + "\n"
	if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestForeignMasterKeyIsRefused(t *testing.T) {
	t.Parallel()
	settings := usedOnce(t)
	writeKey(t, settings.keyFile)
	checkRefusedStart(t, settings, "is not the one this database is sealed with")
}

func TestLostMasterKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	settings := usedOnce(t)
	if err := os.Remove(settings.keyFile); err != nil {
		t.Fatal(err)
	}
	checkRefusedStart(t, settings, "put the key file back")
	if _, err := os.Stat(settings.keyFile); !os.IsNotExist(err) {
		t.Errorf("a key file was made beside a database that has another key (%v)", err)
	}
}

func TestNewMasterKeyIsAnnounced(t *testing.T) {
	t.Parallel()
	settings := newSettings(t, sqliteURL(t), freeAddress(t))
	server := serve(t, settings)
	server.logged(t, "made a new master key: back it up")
	info, err := os.Stat(settings.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("key file: got mode %04o, want 0600", mode)
	}
}

// usedOnce is a configuration whose database is there, sealed with its key.
func usedOnce(t *testing.T) settings {
	t.Helper()
	settings := newSettings(t, sqliteURL(t), freeAddress(t))
	if status := serve(t, settings).terminate(t); status != 0 {
		t.Fatalf("exit status: got %d, want 0", status)
	}
	return settings
}

func checkRefusedStart(t *testing.T, s settings, reason string) {
	t.Helper()
	server := begin(t, s)
	if status := server.status(t); status != 1 {
		t.Errorf("exit status: got %d, want 1", status)
	}
	last := lastLine(server.stderr.String())
	if !strings.HasPrefix(last, "latchkey: ") || !strings.Contains(last, reason) {
		t.Errorf("got %q, want a sentence with %q", last, reason)
	}
}

func lastLine(text string) string {
	text = strings.TrimRight(text, "\n")
	return text[strings.LastIndex(text, "\n")+1:]
}
