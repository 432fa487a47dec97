package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandLinesThatCannotBeRun(t *testing.T) {
	t.Parallel()
	nowhere := filepath.Join(t.TempDir(), "config.yaml")
	for _, c := range []struct {
		line   string
		status int
		says   string
	}{
		{"", 2, "which command?"},
		{"sevre", 2, `there is no command "latchkey sevre"`},
		{"secret", 2, "which command?"},
		{"secret old", 2, `there is no command "latchkey secret old"`},
		{"dev --port 8080", 2, "--port"},
		{"dev now", 2, "dev takes no argument"},
		{"serve config.yaml", 2, "give the file with --config"},
		{"serve --config", 2, "--config"},
		{"dev --pkce none", 2, "--pkce is required or optional"},
		{"dev --listen 8080", 2, "--listen wants host:port"},
		{"dev --listen 0.0.0.0:0", 2, "--allow-remote"},
		{"dev --smtp 0.0.0.0:0 --listen 127.0.0.1:0", 2, "--allow-remote"},
		{"dev --inbox [::]:0 --listen 127.0.0.1:0 --smtp 127.0.0.1:0", 2, "--allow-remote"},
		{"dev --redirect javascript:alert(1)", 2, `"javascript:alert(1)" for "--redirect"`},
		{"serve --config " + nowhere, 1, nowhere},
		{"config check --config " + nowhere, 1, nowhere},
	} {
		t.Run(c.line, func(t *testing.T) {
			cmd := latchkey(strings.Fields(c.line)...)
			cmd.Dir = t.TempDir()
			checkOneComplaint(t, start(t, cmd), c.status, c.says)
		})
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	first := startDev(t)
	listen := strings.TrimPrefix(first.url, "http://")
	second := latchkey("dev", "--listen", listen, "--smtp", "127.0.0.1:0", "--inbox", "127.0.0.1:0")
	second.Dir = t.TempDir()
	checkOneComplaint(t, start(t, second), 1, "choose another address with --listen")
	if files, _ := filepath.Glob(second.Dir + "/*"); len(files) > 0 {
		t.Errorf("it left %v behind", files)
	}
}

// checkOneComplaint wants one sentence on stderr, at most a hint after it, and
// nothing on stdout, which may be a pipe.
func checkOneComplaint(t *testing.T, p *process, status int, says string) {
	t.Helper()
	if got := p.status(t); got != status {
		t.Errorf("exit status: got %d, want %d", got, status)
	}
	if out := p.stdout.String(); out != "" {
		t.Errorf("stdout: got %q, want nothing", out)
	}
	stderr := p.stderr.String()
	complaint, hint, _ := strings.Cut(stderr, "\n")
	if !strings.HasPrefix(complaint, "latchkey: ") || !strings.Contains(complaint, says) {
		t.Errorf("got %q, want a complaint with %q", complaint, says)
	}
	if hint != "" && !(strings.HasPrefix(hint, "See: latchkey") && strings.Count(hint, "\n") == 1) {
		t.Errorf("got more than a complaint and a hint:\n%s", stderr)
	}
}

func TestDevUsesTheSMTPServerThatIsThere(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	dev := startDev(t, "--smtp", relay.address)
	if !strings.Contains(dev.inbox, "already there") || dev.smtp != relay.address {
		t.Errorf("announced inbox %q and SMTP %q, want to hear that %s is used", dev.inbox, dev.smtp, relay.address)
	}
	pair := newPair()
	dev.backEnd().start(t, "ada@example.com", pair)
	token := relay.mail(t, "ada@example.com").Token
	dev.backEnd().redeem(t, token, pair.verifier)
	if status, _ := get(t, dev.url+"/demo/"); status != http.StatusOK {
		t.Errorf("demo page: got %d, want 200", status)
	}
}
