package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"latchkey/magiclink"
)

func TestPKCEPrintsAPairForTheShell(t *testing.T) {
	var out bytes.Buffer
	if err := runPKCE(&out); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.Command("sh", "-c", out.String()+`printf '%s %s' "$code_verifier" "$code_challenge"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	verifier, challenge, _ := strings.Cut(string(printed), " ")
	if len(verifier) != 43 || magiclink.ChallengeOf(verifier) != challenge {
		t.Errorf("the shell got %q, want a verifier and its challenge", printed)
	}
}
