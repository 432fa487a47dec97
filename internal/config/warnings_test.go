package config

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// quiet is the minimal file with nothing to warn of.
func quiet() string { return change(zeros, strings.Repeat("1", 64)) }

func TestValuesToWarnOf(t *testing.T) {
	development := sha256.Sum256([]byte("secret-test-development-only"))
	const known = "config.yaml:10: projects[0].secrets[0]: is an example that every reader of Latchkey's documentation knows: run latchkey secret new"
	const emptied = "config.yaml:12: database.url: the folder is emptied at a reboot or before, and with it every user and session"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":     {quiet(), nil},
		"placeholder": {minimal, []string{known}},
		"development": {change(zeros, strings.ToUpper(hex.EncodeToString(development[:]))), []string{known}},
		"loopback":    {strings.Replace(quiet(), "https://login.example.com", "http://localhost:8080", 1), []string{"config.yaml:2: server.public_url: links with this origin open on this machine only"}},
		"optional": {quiet() + "    pkce: optional\n", []string{
			"config.yaml:12: projects[0].pkce: a link asked for without a code_challenge lets in whoever has the link: mail scanners and forwarded mails among them"}},
		"in the clear": {strings.Replace(quiet(), "  url: smtp://localhost:1025\n", "  url: smtp://localhost:1025\n  fallbacks: [{url: 'smtp://relay.example.com', tls: none}]\n", 1), []string{
			"config.yaml:5: smtp.fallbacks[0].tls: links and codes go over the network in the clear: whoever listens there can read them"}},
		"a relay twice": {strings.Replace(quiet(), ":1025\n", ":1025\n  fallbacks:\n    - smtp://relay.example.com\n    - smtp://localhost:1025\n    - smtp://localhost:1026\n", 1), []string{
			"config.yaml:7: smtp.fallbacks[1].url: is the server of smtp.url again, and fails with it: name another, or leave it away"}},
		"a program twice": {strings.Replace(quiet(), "smtp://localhost:1025\n", "sendmail:/usr/sbin/sendmail\n  fallbacks: ['sendmail:/usr/sbin/sendmail']\n", 1), []string{
			"config.yaml:5: smtp.fallbacks[0].url: is the server of smtp.url again, and fails with it: name another, or leave it away"}},
		"behind a proxy": {quiet() + "    public_token: public-token-test-1\n    native_apps: true\n", []string{
			"config.yaml:1: server.trusted_proxies: is empty: at the browser door everybody behind a proxy on this machine would share one address and its limits"}},
		"metrics everywhere": {strings.Replace(quiet(), "server:\n", "server:\n  metrics_listen: :9090\n", 1), []string{
			"config.yaml:2: server.metrics_listen: is every address of this machine: whoever reaches it reads how much the service does"}},
		"no time to notice": {quiet() + "limits: {replicas: 2}\n", []string{
			"config.yaml:1: server.shutdown_delay_seconds: is 0: a replica that is restarted leaves the load balancer no time to notice"}},
		"time to notice": {strings.Replace(quiet(), "server:\n", "server:\n  shutdown_delay_seconds: 5\n", 1) + "limits: {replicas: 2}\n", nil},
		"seen directly":  {strings.Replace(quiet(), "server:\n", "server:\n  listen: :8080\n", 1) + "    public_token: public-token-test-1\n    native_apps: true\n", nil},
		"/tmp":           {quiet() + "database: {url: 'sqlite:/tmp/a.db'}\n", []string{emptied}},
		"below /tmp":     {quiet() + "database: {url: 'sqlite:/tmp/../tmp/a/b.db'}\n", []string{emptied}},
		"not /tmp":       {quiet() + "database: {url: 'sqlite:/tmpfiles/a.db'}\n", nil},
		"not temporary":  {quiet() + "database: {url: 'postgres://tmp/tmp'}\n", nil},
	} {
		if got := mustParse(t, c.text, nil).Warnings(); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestModesToWarnOf(t *testing.T) {
	t.Setenv("LATCHKEY_TEST_RELAY", "smtp://ada:hunter2@mail.example.com")
	t.Setenv("LATCHKEY_TEST_HOST", "mail.example.com")
	const password = ": holds a password, and others may read this file: chmod 600 it, or take the password from the environment as ${NAME}"
	withPassword := strings.Replace(quiet(), "smtp://localhost", "smtp://ada:hunter2@localhost", 1)
	for name, c := range map[string]struct {
		text      string
		mode, key os.FileMode
		want      []string
	}{
		"hashes only":                   {quiet(), 0o644, 0o600, nil},
		"password, private":             {withPassword, 0o600, 0o600, nil},
		"password, group":               {withPassword, 0o640, 0o600, []string{":4: smtp.url" + password}},
		"password in database":          {quiet() + "database: {url: 'postgres://a:hunter2@b/c'}\n", 0o644, 0o600, []string{":12: database.url" + password}},
		"password in query":             {quiet() + "database: {url: 'postgres://b/c?password=hunter2'}\n", 0o644, 0o600, []string{":12: database.url" + password}},
		"password, half and half":       {strings.Replace(quiet(), "smtp://localhost", "smtp://ada:hunter2@${LATCHKEY_TEST_HOST}", 1), 0o644, 0o600, []string{":4: smtp.url" + password}},
		"password from the environment": {strings.Replace(quiet(), "smtp://localhost", "smtp://ada:${LATCHKEY_TEST_HOST}@localhost", 1), 0o644, 0o600, nil},
		"password of a fallback":        {strings.Replace(quiet(), ":1025", ":1025\n  fallbacks:\n    - smtp://localhost\n    - url: smtps://a:hunter2@b", 1), 0o644, 0o600, []string{":7: smtp.fallbacks[1].url" + password}},
		"password of a fallback, short": {strings.Replace(quiet(), ":1025", ":1025\n  fallbacks: ['smtps://a:hunter2@b']", 1), 0o644, 0o600, []string{":5: smtp.fallbacks[0].url" + password}},
		"from the environment":          {strings.Replace(quiet(), "smtp://localhost:1025", "${LATCHKEY_TEST_RELAY}", 1), 0o644, 0o600, nil},
		"key":                           {quiet(), 0o644, 0o640, []string{":1: keys.file: others may read the key file, and latchkey serve will refuse it: chmod 600 it"}},
	} {
		path := writeInstallation(t, c.text, c.mode, c.key)
		cfg, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range c.want {
			c.want[i] = path + c.want[i]
		}
		if !slices.Equal(cfg.Warnings(), c.want) {
			t.Errorf("%s: got %q, want %q", name, cfg.Warnings(), c.want)
		}
	}
}

// writeInstallation makes a configuration file of that mode beside a key file. The
// modes are set apart from the writing, which the umask would cut.
func writeInstallation(t *testing.T, text string, mode, key os.FileMode) string {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "config.yaml")
	keyFile := filepath.Join(folder, "data", "master.key")
	for _, step := range []error{
		os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode),
		os.Mkdir(filepath.Dir(keyFile), 0o700),
		os.WriteFile(keyFile, nil, 0o600), os.Chmod(keyFile, key),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	return path
}
