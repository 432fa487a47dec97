package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var installedCompiler = npmProject("js")

// TestLatchkeyJSFromNPM packs the package as it would be published, installs that and its
// folder into an app, and lets the app import it: under Node, and under the compiler, which
// also holds the source against the types.
func TestLatchkeyJSFromNPM(t *testing.T) {
	t.Parallel()
	app := installedCompiler(t)
	folder, err := filepath.Abs(filepath.Join(repository, "web", "js"))
	if err != nil {
		t.Fatal(err)
	}
	runIn(t, app, "npx", "--no-install", "tsc", "-p", folder)
	packed := t.TempDir()
	tarball := filepath.Join(packed, lastLine(runIn(t, folder, "npm", "pack", "--pack-destination", packed, "--loglevel=error")))
	for _, source := range []string{tarball, folder} {
		// Without asking the registry: it needs nothing but itself.
		runIn(t, app, "npm", "install", "--no-save", "--offline", "--install-links", "--no-audit", "--no-fund", "--loglevel=error", source)
		got := strings.TrimSpace(runIn(t, app, "node", "consumer.mjs"))
		if want := "LatchkeyError,createLatchkey,generatePKCEPair,landing null null 43 43"; got != want {
			t.Errorf("from %s: got %s, want %s", source, got, want)
		}
		runIn(t, app, "npx", "--no-install", "tsc", "-p", ".")
		if leftovers, err := os.ReadDir(filepath.Join(app, "node_modules", "latchkey", "dist")); err == nil {
			t.Errorf("the package has %d built files, want the source alone", len(leftovers))
		}
	}
}

// runIn runs a command that must succeed, and returns what it wrote.
func runIn(t *testing.T, folder, command string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir = folder
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, complaints.String())
	}
	return string(out)
}
