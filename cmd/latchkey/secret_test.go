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

func TestSecretNewPrintsAPublicTokenThatFits(t *testing.T) {
	var out bytes.Buffer
	if err := runSecretNew(&out, rand.Reader, false); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ +public_token: (public-token-live-[0-9a-f]{32})$`).FindStringSubmatch(out.String())
	if line == nil {
		t.Fatalf("got %q, want a public token", out.String())
	}
	cfg, err := config.Load(exampleWith(t, `    public_token: ""`, line[0], "native_apps: false", "native_apps: true"))
	if err != nil {
		t.Fatalf("the line does not fit into config.yaml: %v", err)
	}
	if got := cfg.Projects[0].Browser.PublicToken; got != line[1] {
		t.Errorf("got %s, want %s", got, line[1])
	}
}

func TestSecretNewMakesNothingTwice(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := runSecretNew(out, rand.Reader, true); err != nil {
			t.Fatal(err)
		}
	}
	random := regexp.MustCompile(`secret-test-\S+|sha256:\w+|public-token-test-\S+`)
	made, again := random.FindAllString(first.String(), -1), random.FindAllString(second.String(), -1)
	if len(made) != 3 || len(again) != 3 {
		t.Fatalf("got %q, want a secret, a hash and a public token", made)
	}
	for i := range made {
		if made[i] == again[i] {
			t.Errorf("%s was made twice", made[i])
		}
	}
}
