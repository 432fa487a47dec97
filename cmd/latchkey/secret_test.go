package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/config"
)

func TestSecretNewPrintsAPairThatFits(t *testing.T) {
	for prefix, test := range map[string]bool{"secret-live-": false, "secret-test-": true} {
		var out bytes.Buffer
		if err := runSecretNew(&out, rand.Reader, test); err != nil {
			t.Fatal(err)
		}
		secret := regexp.MustCompile(`(?m)^` + prefix + `[A-Za-z0-9_-]{43}$`).FindString(out.String())
		want := sha256.Sum256([]byte(secret))
		line := regexp.MustCompile(`(?m)^ +- "sha256:[0-9a-f]{64}"$`).FindString(out.String())
		if secret == "" || !strings.Contains(line, hex.EncodeToString(want[:])) {
			t.Fatalf("got %q, want a secret and its hash", out.String())
		}
		cfg, err := config.Load(exampleWith(t, `      - "sha256:`+strings.Repeat("0", 64)+`"`, line))
		if err != nil {
			t.Fatalf("the line does not fit into config.yaml: %v", err)
		}
		if got := cfg.Projects[0].SecretHashes; len(got) != 1 || got[0] != want {
			t.Errorf("got %x, want %x", got, want)
		}
	}
}
