package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"latchkey/handlers"
	"latchkey/handlers/sdk"
	"latchkey/magiclink"
	"latchkey/mailer"
	"latchkey/session"
	"latchkey/store"
	"latchkey/templates"
)

// maxFileSize is far above any real file: a thousand projects fill a tenth of it.
const maxFileSize = 4 << 20

// Config is one whole, checked configuration. It is read-only once made.
type Config struct {
	Listen         string
	PublicURL      string         // an origin, without a path
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	MetricsListen  string         // "" for no metrics
	ShutdownDelay  time.Duration  // between SIGTERM and the end of listening
	Store          store.Config
	Keys           Keys
	Mailer         mailer.Config
	Limits         Limits
	TemplatesDir   string // "" for the built-in ones alone
	LogLevel       slog.Level
	Projects       []Project

	file     file
	warnings []string
}

// Limits bound the mails of all projects together. They are this process's share.
type Limits struct {
	Mailbox        magiclink.MailboxLimit
	Network        magiclink.NetworkLimit
	MailsPerMinute int // 0: no limit
}

// Project is one project's rules, for all packages together.
type Project struct {
	ID           string
	Name         string
	Brand        templates.Brand
	SignInURL    string // where its logins begin; "" where that is no page
	SecretHashes [][32]byte
	Browser      Browser
	Redirects    magiclink.Redirects
	PKCEOptional bool
	Domains      []string // of addresses that are taken; empty means all
	LoginTTL     time.Duration
	SignupTTL    time.Duration
	InviteTTL    time.Duration
	PerMinute    int  // mails, this process's share; 0: no limit
	Code         bool // the mail carries a code beside the link
	VendorNames  bool // the door stytch is open
	Algorithm    string
}

// Browser says who may come in at the browser door.
type Browser struct {
	PublicToken string // "" for nobody
	Origins     []string
	AnyLoopback bool // pages of this machine, at any port: for development
	NativeApps  bool // also requests that name no origin
}

// Load reads the configuration from path, and ${NAME} in it from the environment.
// What is wrong with the file's content is returned as *Invalid, all of it.
func Load(path string) (*Config, error) {
	text, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	doc := &document{path: path, lookup: os.LookupEnv, readFile: readNamed}
	cfg, err := parse(doc, text)
	if err != nil {
		return nil, err
	}
	doc.warnOfModes(cfg)
	cfg.warnings = doc.warnings.lines(path)
	return cfg, nil
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = errors.New(path + " is larger than 4 MiB")
	}
	return text, err
}

// readNamed reads a file that the configuration names. A device or a pipe may have no end.
func readNamed(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(path + " is no file")
	}
	if err != nil {
		return nil, err
	}
	return read(path)
}

// parse needs no file system but doc.readFile.
func parse(doc *document, text []byte) (*Config, error) {
	var f file
	doc.decode(text, &f)
	cfg := doc.assemble(f)
	if len(doc.faults) > 0 {
		return nil, &Invalid{Path: doc.path, faults: doc.faults}
	}
	doc.warnOfValues(f, cfg)
	cfg.warnings = doc.warnings.lines(doc.path)
	return cfg, nil
}

// Warnings are what is allowed and perhaps not meant, each with its line.
func (c *Config) Warnings() []string { return c.warnings }

// LinkProjects is package magiclink's view of the projects, by id.
func (c *Config) LinkProjects() map[string]*magiclink.Project {
	view := make(map[string]*magiclink.Project, len(c.Projects))
	for _, p := range c.Projects {
		view[p.ID] = &magiclink.Project{
			ID: p.ID, PKCEOptional: p.PKCEOptional, Redirects: p.Redirects, Domains: p.Domains,
			LoginTTL: p.LoginTTL, SignupTTL: p.SignupTTL, InviteTTL: p.InviteTTL,
			Limiter: magiclink.PerMinute(p.PerMinute), Code: p.Code, VendorNames: p.VendorNames,
		}
	}
	return view
}

// SessionProjects is package session's view of the projects, by id.
func (c *Config) SessionProjects() map[string]session.ProjectConfig {
	view := make(map[string]session.ProjectConfig, len(c.Projects))
	for _, p := range c.Projects {
		view[p.ID] = session.ProjectConfig{Algorithm: p.Algorithm, VendorClaim: p.VendorNames}
	}
	return view
}

// DoorProjects is package handlers' view of the projects, by id.
func (c *Config) DoorProjects() map[string]handlers.Project {
	view := make(map[string]handlers.Project, len(c.Projects))
	for _, p := range c.Projects {
		view[p.ID] = handlers.Project{
			ID: p.ID, PublicToken: p.Browser.PublicToken, SecretHashes: p.SecretHashes,
			Brand: p.Brand, SignInURL: p.SignInURL, Code: p.Code,
		}
	}
	return view
}

// BrowserProjects is package sdk's view of the projects that open the browser door.
func (c *Config) BrowserProjects() []sdk.Project {
	var view []sdk.Project
	for _, p := range c.Projects {
		if p.Browser.PublicToken == "" {
			continue
		}
		view = append(view, sdk.Project{
			ID: p.ID, Name: p.Name, PublicToken: p.Browser.PublicToken,
			Origins: p.Browser.Origins, AnyLoopback: p.Browser.AnyLoopback, NativeApps: p.Browser.NativeApps,
		})
	}
	return view
}
