package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/store"
)

// assemble turns the file into what the packages take, and complains about the
// values that mean nothing.
func (d *document) assemble(f file) *Config {
	d.checkListen("server.listen", f.Server.Listen)
	d.checkMetricsListen(f.Server)
	d.checkPublicURL(f.Server.PublicURL)
	projects := d.projects(f.Projects, f.Limits.Replicas)
	cfg := &Config{
		Listen:         f.Server.Listen,
		PublicURL:      f.Server.PublicURL,
		TrustedProxies: d.proxies(f.Server.TrustedProxies),
		MetricsListen:  f.Server.MetricsListen,
		ShutdownDelay:  d.shutdownDelay(f.Server.ShutdownDelay),
		Store:          d.store(f.Database),
		Keys:           d.keys(f.Keys),
		Limits:         d.limits(f.Limits),
		TemplatesDir:   d.beside(f.Templates.Dir),
		LogLevel:       d.logLevel(f.Log.Level),
		Projects:       projects,
		Mailer:         d.mailer(f, projects),
		file:           f,
	}
	return cfg
}

// require complains about an empty value, and says what to put there.
func (d *document) require(path, value, advice string) bool {
	if value == "" {
		d.complain(path, "is missing: "+advice)
	}
	return value != ""
}

// beside makes a relative path relative to the configuration file: a command run
// from another folder must find the same database and not make a new one.
func (d *document) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.path), path)
}

func (d *document) checkListen(at, address string) {
	_, port, err := net.SplitHostPort(address)
	number, errPort := strconv.ParseUint(port, 10, 16)
	if err != nil || errPort != nil || number == 0 {
		d.complain(at, "want HOST:PORT as in 127.0.0.1:8080, or :8080 for every address of this machine")
	}
}

// checkMetricsListen wants a listener apart: what reaches the service's own comes from
// strangers.
func (d *document) checkMetricsListen(s serverSection) {
	switch {
	case s.MetricsListen == "":
	case s.MetricsListen == s.Listen:
		d.complain("server.metrics_listen", "is server.listen: give another port, which strangers do not reach")
	default:
		d.checkListen("server.metrics_listen", s.MetricsListen)
	}
}

// maxShutdownDelay is what no supervisor waits for by default.
const maxShutdownDelay = 60

func (d *document) shutdownDelay(seconds int) time.Duration {
	if seconds < 0 || seconds > maxShutdownDelay {
		d.complain("server.shutdown_delay_seconds", fmt.Sprintf("want 0 to %d", maxShutdownDelay))
	}
	return time.Duration(seconds) * time.Second
}

// checkPublicURL wants an origin spelled as browsers spell it: it is compared as
// text, as the issuer of every JWT above all.
func (d *document) checkPublicURL(raw string) {
	const at = "server.public_url"
	if !d.require(at, raw, "give the origin that links begin with, as in https://login.example.com") {
		return
	}
	target, err := magiclink.ParseTarget(raw)
	if err != nil {
		d.complain(at, "the URL "+err.Error())
		return
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || target.IsNative():
		d.complain(at, "must begin with https://")
	case u.Scheme+"://"+u.Host != raw || strings.ToLower(u.Host) != u.Host:
		d.complain(at, "want an origin in lower case and nothing after it, as in https://login.example.com: no path, no slash at the end")
	case isUsualPort(u):
		d.complain(at, "leave the port away: it is the scheme's own, and browsers drop it")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		d.complain(at, "must be https: a link mailed over plain http can be read on the way (http is for loopback)")
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

const sqliteScheme = "sqlite:"

func (d *document) store(s databaseSection) store.Config {
	cfg := store.Config{URL: s.URL, SkipMigrations: !s.Migrate}
	if path, ok := strings.CutPrefix(s.URL, sqliteScheme); ok {
		cfg.URL = sqliteScheme + d.beside(path)
	}
	cfg.Validate(d.under("database"))
	return cfg
}

// maxKeyNumber is the length of "255:", which may stand before a ${NAME}.
const maxKeyNumber = 4

// keys takes the keys themselves only by way of the environment: configuration files
// are copied, mailed and committed.
func (d *document) keys(s keysSection) Keys {
	if s.Text == "" {
		file := s.File
		if file == "" {
			file = defaultKeyFile
		}
		return Keys{File: d.beside(file)}
	}
	if s.File != "" {
		d.complain("keys.text", "stands beside keys.file: keep one of the two")
	}
	if len(d.literal("keys.text")) > maxKeyNumber {
		d.complain("keys.text", `must come from the environment, as in "${LATCHKEY_MASTER_KEYS}": whoever reads a master key can make every link and session`)
	}
	if _, err := sealed.ParseKeys(s.Text); err != nil {
		d.complain("keys.text", err.Error())
	}
	return Keys{Text: s.Text}
}

func (d *document) logLevel(written string) slog.Level {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[written]
	if !ok {
		d.complain("log.level", "want debug, info, warn or error")
	}
	return level
}
