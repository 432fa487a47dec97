package e2e

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// project is one of the configuration. Its secret is made for the test.
type project struct {
	id, secret string
	name       string // "" for the id
}

// settings is what a configuration file of ours says.
type settings struct {
	database, smtp, listen, publicURL, keyFile, algorithm string
	metricsListen                                         string   // "" for none
	fallbacks                                             []string // further relays' addresses
	smtpOptions                                           string   // more of its keys, in flow style
	projects                                              []project
	keys                                                  string // of each project, beside what all tests need: lines of YAML
	logLevel                                              string
	shutdownSeconds                                       int // for a balancer to notice
	replicas                                              int // that share the limits; 0 is 1
}

// newSettings is a complete configuration on ports and files of its own.
func newSettings(t *testing.T, database, smtp string) settings {
	t.Helper()
	listen := freeAddress(t)
	return settings{
		database: database, smtp: smtp, listen: listen, publicURL: "http://" + listen, algorithm: "ES256",
		keyFile:  filepath.Join(t.TempDir(), "master.key"),
		projects: []project{{id: "project-test-one", secret: "secret-test-of-project-one"}},
		keys:     "redirect_urls: [http://127.0.0.1/authenticate]",
		logLevel: "debug", // because no level may tell a secret
	}
}

func sqliteURL(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "latchkey.db") }

// freeAddress is one that was free a moment ago: the configuration takes no port 0.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func (s settings) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, `
server: {listen: %q, public_url: %q, metrics_listen: %q, shutdown_delay_seconds: %d}
database: {url: %q}
keys: {file: %q}
smtp: {url: %q, fallbacks: [%s], %s}
sender: {name: End to End, address: login@latchkey.example}
log: {level: %s}
limits: {replicas: %d}
projects:
`, s.listen, s.publicURL, s.metricsListen, s.shutdownSeconds, s.database, s.keyFile, "smtp://"+s.smtp, s.fallbackURLs(), s.smtpOptions, s.logLevel, max(1, s.replicas))
	for _, p := range s.projects {
		hash := sha256.Sum256([]byte(p.secret))
		fmt.Fprintf(&b, `
  - id: %s
    name: %s
    secrets: ["sha256:%s"]
    jwt_algorithm: %s
    %s
`, p.id, cmp.Or(p.name, p.id), hex.EncodeToString(hash[:]), s.algorithm, strings.ReplaceAll(s.keys, "\n", "\n    "))
	}
	return b.String()
}

func (s settings) fallbackURLs() string {
	urls := make([]string, len(s.fallbacks))
	for i, address := range s.fallbacks {
		urls[i] = "smtp://" + address
	}
	return strings.Join(urls, ", ")
}

func (s settings) url() string { return "http://" + s.listen }

func (s settings) visitor() visitor {
	return visitor{url: s.url(), publicToken: testToken}
}

func (s settings) backEnd(i int) backEnd {
	return backEnd{url: s.url(), project: s.projects[i].id, secret: s.projects[i].secret}
}

func (s settings) write(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(s.yaml()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// server is a running `latchkey serve`.
type server struct {
	*process
	settings
	file string
}

// begin starts `latchkey serve` and does not wait for it.
func begin(t *testing.T, s settings) *server {
	t.Helper()
	file := s.write(t)
	return &server{process: start(t, latchkey("serve", "--config", file)), settings: s, file: file}
}

// serve starts it and waits until it is ready.
func serve(t *testing.T, s settings) *server {
	t.Helper()
	server := begin(t, s)
	server.ready(t)
	return server
}

func (s *server) ready(t *testing.T) {
	t.Helper()
	s.logged(t, "ready")
}

// logged waits for a line of the log with this message.
func (s *server) logged(t *testing.T, message string) {
	t.Helper()
	s.said(t, s.stderr, `"msg":"`+message)
}

// reload puts another configuration in place, or any other text, and asks for it.
func (s *server) reload(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGHUP)
}

// readiness is the answer of /readyz.
type readiness struct{ Status, Mail, Config string }

func (s *server) readiness(t *testing.T) (r readiness) {
	t.Helper()
	status, content := get(t, s.url()+"/readyz")
	if err := json.Unmarshal(content, &r); err != nil || status != http.StatusOK {
		t.Fatalf("/readyz: got %d (%v), want 200", status, err)
	}
	return r
}
