package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// warnOfValues finds what is allowed and seldom meant.
func (d *document) warnOfValues(f file, cfg *Config) {
	if strings.HasPrefix(f.Server.PublicURL, "http:") {
		d.warn("server.public_url", "links with this origin open on this machine only")
	}
	if path, ok := strings.CutPrefix(f.Database.URL, sqliteScheme); ok && isTemporary(path) {
		d.warn("database.url", "the folder is emptied at a reboot or before, and with it every user and session")
	}
	if f.Limits.Replicas > 1 && f.Server.ShutdownDelay == 0 {
		d.warn("server.shutdown_delay_seconds", "is 0: a replica that is restarted leaves the load balancer no time to notice")
	}
	if host, _, _ := net.SplitHostPort(f.Server.MetricsListen); f.Server.MetricsListen != "" && host == "" {
		d.warn("server.metrics_listen", "is every address of this machine: whoever reaches it reads how much the service does")
	}
	d.warnOfRelays(cfg.Mailer.Relays)
	for i, p := range f.Projects {
		d.warnOfProject(p, index(i))
	}
	d.warnOfHiddenClients(f)
}

// warnOfHiddenClients: what listens on loopback for the world has a proxy in front.
func (d *document) warnOfHiddenClients(f file) {
	open := func(p projectSection) bool { return p.PublicToken != "" }
	host, _, _ := net.SplitHostPort(f.Server.Listen)
	if len(f.Server.TrustedProxies) == 0 && isLoopback(host) && slices.ContainsFunc(f.Projects, open) && !strings.HasPrefix(f.Server.PublicURL, "http:") {
		d.warn("server.trusted_proxies", "is empty: at the browser door everybody behind a proxy on this machine would share one address and its limits")
	}
}

func (d *document) warnOfProject(p projectSection, at string) {
	if p.PKCE == pkceOptional {
		d.warn(at+".pkce", "a link asked for without a code_challenge lets in whoever has the link: mail scanners and forwarded mails among them")
	}
	for i, hash := range p.Secrets {
		if slices.Contains(knownHashes(), strings.ToLower(hash)) {
			d.warn(fmt.Sprintf("%s.secrets[%d]", at, i), "is an example that every reader of Latchkey's documentation knows: run latchkey secret new")
		}
	}
}

// knownHashes are the placeholder of config.yaml, which is no secret's hash, and the
// hash of the secret of latchkey dev.
func knownHashes() []string {
	development := sha256.Sum256([]byte("secret-test-development-only"))
	return []string{
		hashPrefix + strings.Repeat("0", hex.EncodedLen(sha256.Size)),
		hashPrefix + hex.EncodeToString(development[:]),
	}
}

func isTemporary(path string) bool {
	folder := filepath.Dir(filepath.Clean(path)) + "/"
	return slices.ContainsFunc([]string{os.TempDir(), "/tmp", "/var/tmp", "/dev/shm", "/run"}, func(temporary string) bool {
		return strings.HasPrefix(folder, strings.TrimSuffix(temporary, "/")+"/")
	})
}

// warnOfModes looks at who else may read the files. Hashes and names may be read by
// everybody, passwords may not.
func (d *document) warnOfModes(cfg *Config) {
	if othersMayRead(d.path) {
		for i := range cfg.Mailer.Relays {
			d.warnOfPassword(relayPath(i) + ".url")
		}
		d.warnOfPassword("database.url")
	}
	if cfg.Keys.File != "" && othersMayRead(cfg.Keys.File) {
		d.warn("keys.file", "others may read the key file, and latchkey serve will refuse it: chmod 600 it")
	}
	d.warnOfKeyModes(cfg.file)
}

func (d *document) warnOfPassword(path string) {
	u, err := url.Parse(d.literal(path))
	if err != nil {
		return
	}
	inUser, _ := u.User.Password()
	if inUser != "" || u.Query().Get("password") != "" {
		d.warn(path, "holds a password, and others may read this file: chmod 600 it, or take the password from the environment as ${NAME}")
	}
}

func othersMayRead(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}
