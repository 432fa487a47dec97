package e2e

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestREADME does what the README tells a newcomer to do, in a copy of the repository,
// so that their data and ours never meet.
func TestREADME(t *testing.T) {
	t.Parallel()
	run, test, typed := readmeCommands(t)
	if run != "make run\n" || test != "make test\n" || len(typed) == 0 {
		t.Fatalf("the README begins with %q and %q, and has %d blocks after them", run, test, len(typed))
	}
	needFreePorts(t, "127.0.0.1:8080", "127.0.0.1:1025", "127.0.0.1:8025")
	checkout := copyRepository(t)
	warm := exec.Command("go", "build", "-o", os.DevNull, "./cmd/latchkey")
	warm.Dir = checkout
	if out, err := warm.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	began := time.Now()
	makeRun := exec.Command("bash", "-c", run)
	makeRun.Dir = checkout
	latchkey := start(t, makeRun)
	latchkey.said(t, latchkey.stdout, `secret +secret-test-development-only`)
	if status, _ := get(t, "http://127.0.0.1:8080/readyz"); status != 200 {
		t.Errorf("/readyz: got %d, want 200", status)
	}
	t.Logf("make run answered after %v, on a warm build cache", time.Since(began).Round(10*time.Millisecond))

	checkWalkThrough(t, answersTo(t, checkout, typed))
}

// shellBlock is a fenced block of commands.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// readmeCommands returns the README's blocks: the one that starts Latchkey, the one
// that runs these tests, and what is typed then.
func readmeCommands(t *testing.T) (run, test string, typed []string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, match := range shellBlock.FindAllStringSubmatch(string(readme), -1) {
		blocks = append(blocks, match[1])
	}
	if len(blocks) < 2 {
		t.Fatalf("the README has %d blocks of commands", len(blocks))
	}
	return blocks[0], blocks[1], blocks[2:]
}

func needFreePorts(t *testing.T, addresses ...string) {
	t.Helper()
	for _, address := range addresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			missing(t, "the README's commands were not tried, because "+address+" is in use")
		}
		listener.Close()
	}
}

// copyRepository copies what a clone would hold.
func copyRepository(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	entries, err := os.ReadDir(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if slices.Contains([]string{".git", "bin", "data"}, entry.Name()) {
			continue
		}
		if out, err := exec.Command("cp", "-R", filepath.Join(repository, entry.Name()), dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return dir
}

// answersTo types the blocks into one shell, as they stand, and returns what those
// wrote that wrote anything.
func answersTo(t *testing.T, dir string, blocks []string) (answers []string) {
	t.Helper()
	const mark = "\x1e" // ASCII's record separator
	shell := exec.Command("bash", "-e", "-c", strings.Join(blocks, "printf '"+mark+"'\n"))
	shell.Dir = dir
	typing := start(t, shell)
	if status := typing.status(t); status != 0 {
		t.Fatalf("the README's commands end with status %d\n%s\n%s", status, typing.stdout, typing.stderr)
	}
	for answer := range strings.SplitSeq(typing.stdout.String(), mark) {
		if answer != "" {
			answers = append(answers, answer)
		}
	}
	return answers
}

// checkWalkThrough checks the five answers that a reader sees: to the start, the mail's
// token, to the thief, to the person, and the key set.
func checkWalkThrough(t *testing.T, answers []string) {
	t.Helper()
	if len(answers) != 5 {
		t.Fatalf("got %d answers, want 5: %q", len(answers), answers)
	}
	if token := strings.TrimSpace(answers[1]); len(token) != 44 {
		t.Errorf("step 3: got %q, want a token", token)
	}
	answers = slices.Delete(answers, 1, 2)
	var started, thief, person answer
	for i, into := range []*answer{&started, &thief, &person} {
		if err := json.Unmarshal([]byte(answers[i]), into); err != nil {
			t.Fatalf("%v: %s", err, answers[i])
		}
	}
	if started.Status != 200 {
		t.Errorf("step 2: got %s, want 200", answers[0])
	}
	if thief.Status != 400 || thief.ErrorType != "pkce_expected_code_verifier" || thief.SessionToken != "" {
		t.Errorf("step 4: got %s, want pkce_expected_code_verifier", answers[1])
	}
	if person.Status != 200 || person.SessionToken == "" {
		t.Fatalf("step 5: got %d %q, want a session", person.Status, person.ErrorType)
	}
	checkJWT(t, person.SessionJWT, []byte(answers[3]), "http://127.0.0.1:8080", devProject)
}
