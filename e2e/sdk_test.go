package e2e

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNodeSDK runs the vendor's server SDK, as npm has it, through every method it has
// for magic links, sessions and users.
func TestNodeSDK(t *testing.T) {
	t.Parallel()
	sdk := installSDK(t)
	dev := startDev(t, "--mailbox-limit", "off")
	node := sdk.node(t, dev.backEnd(), dev.inbox)
	for _, file := range sdk.testFiles(t) {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) { node.run(t, file) })
	}
}

// TestNodeSDKOverTLS points the SDK at Latchkey the documented way, by
// custom_base_url, which takes https only. It is also the issuer then.
func TestNodeSDKOverTLS(t *testing.T) {
	t.Parallel()
	sdk := installSDK(t)
	relay := startRelay(t)
	settings := newSettings(t, sqliteURL(t), relay.address)
	proxy := startTLS(t, forward(t, settings.url()))
	settings.publicURL = proxy.URL
	settings.keys = "redirect_urls: [http://localhost:3000/authenticate]\ndoors: [stytch]"
	app := serve(t, settings).backEnd(0)
	app.url = proxy.URL
	inbox := httptest.NewServer(relay.Handler())
	t.Cleanup(inbox.Close)
	node := sdk.node(t, app, inbox.URL)
	node.env = append(node.env, "NODE_EXTRA_CA_CERTS="+certificateFile(t, proxy))
	node.run(t, "sessions.test.mjs")
}

// sdk is a folder with the vendor's packages and what the tests run on them.
type sdk string

var installedSDK = npmProject("sdk")

func installSDK(t *testing.T) sdk {
	t.Helper()
	return sdk(installedSDK(t))
}

// testFiles are those for Node, with the one last that looks back on the others.
func (s sdk) testFiles(t *testing.T) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(string(s), "node", "*.test.mjs"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("got %d test files (%v), want some", len(paths), err)
	}
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	const coverage = "coverage.test.mjs"
	if i := slices.Index(names, coverage); i >= 0 {
		names = append(slices.Delete(names, i, i+1), coverage)
	}
	return names
}

// nodeTests runs files of node/ against one Latchkey.
type nodeTests struct {
	folder string
	env    []string
}

func (s sdk) node(t *testing.T, app backEnd, inbox string) *nodeTests {
	t.Helper()
	docs, err := filepath.Abs(filepath.Join(repository, "docs", "stytch.md"))
	if err != nil {
		t.Fatal(err)
	}
	calls := filepath.Join(t.TempDir(), "calls") // grows from file to file
	if err := os.WriteFile(calls, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return &nodeTests{folder: filepath.Join(string(s), "node"), env: []string{
		"LATCHKEY_URL=" + app.url, "LATCHKEY_PROJECT=" + app.project, "LATCHKEY_SECRET=" + app.secret,
		"LATCHKEY_INBOX=" + inbox, "LATCHKEY_DOCS=" + docs, "LATCHKEY_CALLS=" + calls,
	}}
}

func (n *nodeTests) run(t *testing.T, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--test-reporter=spec", file)
	cmd.Dir, cmd.Env = n.folder, append(os.Environ(), n.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", file, err, out)
	}
}
