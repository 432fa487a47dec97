package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/internal/config"
)

// serving is a server as latchkey serve builds it, without its sockets, and its log.
func serving(t *testing.T, path string) (*app, *bytes.Buffer) {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	log := new(bytes.Buffer)
	a, err := newApp(t.Context(), cfg, slog.New(slog.NewJSONHandler(log, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(nil); err != nil {
			t.Error(err)
		}
	})
	return a, log
}

// wantTable compares a command's table, cell by cell, with one expression a line.
func wantTable(t *testing.T, got string, want ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	if !regexp.MustCompile("^" + strings.Join(want, "\n") + "$").MatchString(strings.Join(lines, "\n")) {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestARunningServerLearnsOfARotation(t *testing.T) {
	path := exampleWith(t, "", "")
	a, log := serving(t, path)
	project := a.config.Load().Projects[0].ID
	const header, kid, at = "PROJECT GENERATION KEY ALGORITHM SIGNS FROM STATE", `jwk-live-\S+`, `\d{4}-\S+ \S+ UTC`

	_, stdout, _ := execute(t, "key", "list", "--config", path)
	wantTable(t, stdout, header, project+" 1 "+kid+" ES256 "+at+" signing")

	status, stdout, stderr := execute(t, "key", "rotate", "--config", path)
	if status != exitOK || stderr != "" {
		t.Fatalf("rotate: got %d, %q and %q", status, stdout, stderr)
	}
	wantTable(t, stdout, project+": "+kid+` \(ES256\) is published, and signs from `+at+" on")
	_, stdout, _ = execute(t, "key", "list", "--config", path)
	wantTable(t, stdout, header, project+" 2 "+kid+" ES256 "+at+" waiting", project+" 1 "+kid+" ES256 "+at+" signing")

	a.refreshKeys(t.Context())
	if set, _ := a.signer.Load().KeySet(project, time.Now()); len(set.Keys) != 2 {
		t.Errorf("the server publishes %d keys, want 2", len(set.Keys))
	}
	if err := a.use(t.Context(), a.config.Load()); err != nil { // as at SIGHUP
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `"msg":"a new signing key waits","project":"`+project+`"`) {
		t.Errorf("got log\n%s\nwant a word of the key that waits", log)
	}
}

func TestOneKeyWaitsAtATime(t *testing.T) {
	path := exampleWith(t, "", "")
	serving(t, path)
	if status, _, stderr := execute(t, "key", "rotate", "--config", path); status != exitOK {
		t.Fatalf("got %d and %q", status, stderr)
	}
	status, stdout, stderr := execute(t, "key", "rotate", "--config", path)
	if status != exitFailure || stdout != "" {
		t.Errorf("got %d and %q, want a refusal", status, stdout)
	}
	wantTable(t, stderr, `latchkey: \S+ has a key that waits already: jwk-live-\S+ signs from \S+ \S+ UTC on`)
}

// A command that only looks after keys makes no database and no master key.
func TestKeysOfADatabaseThatWasNeverServed(t *testing.T) {
	path := exampleWith(t, "", "")
	wantRefusal := func(want string) {
		t.Helper()
		if status, _, stderr := execute(t, "key", "rotate", "--config", path); status != exitFailure || !strings.Contains(stderr, want) {
			t.Errorf("got %d and %q, want %q", status, stderr, want)
		}
	}
	wantRefusal("there is no database")
	if status, _, stderr := execute(t, "migrate", "--config", path); status != exitOK {
		t.Fatal(stderr)
	}
	wantRefusal("the database is empty: latchkey serve has not run on it yet")
}

func TestKeysOfAProjectThatIsNotThere(t *testing.T) {
	path := exampleWith(t, "", "")
	serving(t, path)
	status, _, stderr := execute(t, "key", "rotate", "--project", "nobody", "--config", path)
	if want := "latchkey: the configuration has no project \"nobody\"\n"; status != exitFailure || stderr != want {
		t.Errorf("got %d and %q, want %q", status, stderr, want)
	}
}

// What fails is told, and changes nothing.
func TestARefreshThatFailsIsLogged(t *testing.T) {
	a, log := serving(t, exampleWith(t, "", ""))
	if err := a.store.Close(); err != nil {
		t.Fatal(err)
	}
	a.refreshKeys(t.Context())
	if !strings.Contains(log.String(), "the signing keys were not read again") {
		t.Errorf("got log\n%s", log)
	}
	if set, _ := a.signer.Load().KeySet(a.config.Load().Projects[0].ID, time.Now()); len(set.Keys) != 1 {
		t.Errorf("the server publishes %d keys, want 1", len(set.Keys))
	}
}
