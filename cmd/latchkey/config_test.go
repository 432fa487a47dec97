package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exampleWith writes a copy of the repository's config.yaml with one change.
func exampleWith(t *testing.T, changes ...string) (path string) {
	t.Helper()
	text, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(text), changes[i]) {
			t.Fatalf("config.yaml has no %q", changes[i])
		}
		text = []byte(strings.Replace(string(text), changes[i], changes[i+1], 1))
	}
	path = filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigCheckAcceptsTheExample(t *testing.T) {
	path := exampleWith(t, "", "")
	status, stdout, stderr := execute(t, "config", "check", "--config", path)
	last := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(path) + `: ok, 1 project, hash [0-9a-f]{12}$`)
	if status != exitOK || stderr != "" || !last.MatchString(stdout) || !strings.HasPrefix(stdout, "warning: "+path) {
		t.Errorf("got %d, %q and %q, want 0, the placeholder's warning and ok", status, stdout, stderr)
	}
}

func TestConfigCheckTellsEveryFault(t *testing.T) {
	path := exampleWith(t, "pkce: required", "pkce: never\n    pcke: required")
	status, stdout, stderr := execute(t, "config", "check", "--config", path)
	if status != exitFailure || stdout != "" {
		t.Errorf("got %d and %q, want 1 and nothing", status, stdout)
	}
	for _, want := range []string{": projects[0].pkce: want required or optional\n", ": projects[0].pcke: there is no such key: did you mean pkce?\n"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %q, want in it %q", stderr, want)
		}
	}
}

func TestConfigCheckReadsTheTemplates(t *testing.T) {
	path := exampleWith(t, `dir: ""`, "dir: own")
	pages := filepath.Join(filepath.Dir(path), "own", "mail")
	if err := os.MkdirAll(pages, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pages, "login.txt"), []byte("{{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := execute(t, "config", "check", "--config", path); status != exitFailure || !strings.Contains(stderr, "templates") {
		t.Errorf("got %d and %q, want 1 and the template's fault", status, stderr)
	}
}
