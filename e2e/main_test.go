package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"
)

// repository is the module's root, seen from where go test runs us.
const repository = ".."

// program is the path of the latchkey under test. TestMain sets it, before any test.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "latchkey-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "latchkey")
	if out, err := build(program).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "latchkey cannot be built: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// build builds as `make build` does, and with the race detector if we have it: what
// it finds in the program is as good as what it finds in a test.
func build(path string) *exec.Cmd {
	args := []string{"build", "-tags", "nomsgpack", "-o", path}
	if racing() {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/latchkey")...)
	cmd.Dir = repository
	return cmd
}

func racing() bool {
	info, _ := debug.ReadBuildInfo()
	for _, setting := range info.Settings {
		if setting.Key == "-race" {
			return setting.Value == "true"
		}
	}
	return false
}

// missing skips a test on a laptop and fails it in CI, where nothing may be left out.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s, and under CI=true nothing is skipped", what)
	}
	t.Skip("*** SKIPPED: " + what)
}
