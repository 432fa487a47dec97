package config

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/handlers"
	"latchkey/mailer"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
	"latchkey/templates"
)

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

// minimal is all that a user has to write.
const minimal = `server:
  public_url: https://login.example.com
smtp:
  url: smtp://localhost:1025
sender:
  address: login@example.com
projects:
  - id: project-test-1
    name: Example
    secrets: ["sha256:` + zeros + `"]
    redirect_urls: [https://app.example.com/authenticate]
`

// parseText parses as Load does, with an environment of the test's own.
func parseText(t *testing.T, text string, environment map[string]string) (*Config, error) {
	t.Helper()
	doc := &document{
		path: "config.yaml",
		lookup: func(name string) (string, bool) {
			value, ok := environment[name]
			return value, ok
		},
		readFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
	}
	return parse(doc, []byte(text))
}

func mustParse(t *testing.T, text string, environment map[string]string) *Config {
	t.Helper()
	cfg, err := parseText(t, text, environment)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestMinimalFileGetsDefaults(t *testing.T) {
	cfg := mustParse(t, minimal, nil)
	got := []any{cfg.Listen, cfg.PublicURL, cfg.Store, cfg.Keys, cfg.TemplatesDir, cfg.LogLevel, cfg.Mailer}
	want := []any{
		"127.0.0.1:8080", "https://login.example.com", store.Config{URL: "sqlite:data/latchkey.db"},
		Keys{File: "data/master.key"}, "", slog.LevelInfo,
		mailer.Config{
			Relays:  []mailer.Relay{{Host: "localhost", Port: 1025, TLS: mailer.TLSNone}},
			Senders: 4, MessagesPerConnection: 2000, IdleClose: 30 * time.Second,
			PublicURL: "https://login.example.com",
			Projects:  map[string]mailer.Project{"project-test-1": {Name: "Example", FromAddress: "login@example.com", Code: true, Locale: "en"}},
		},
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func TestMinimalProjectGetsDefaults(t *testing.T) {
	cfg := mustParse(t, minimal, nil)
	link := cfg.LinkProjects()["project-test-1"]
	if link == nil || link.ID != "project-test-1" || link.PKCEOptional || link.VendorNames || !link.Code ||
		link.LoginTTL != time.Hour || link.SignupTTL != 7*24*time.Hour {
		t.Errorf("got %+v, want PKCE required, a code, no vendor names, 1 h and 168 h", link)
	}
	for _, kind := range []models.LinkKind{models.LinkLogin, models.LinkSignup, models.LinkInvite} {
		if target, err := link.Redirects.Check("", kind); err != nil || target.String() != "https://app.example.com/authenticate" {
			t.Errorf("default redirect URL for %s: got %v, %v", kind, target, err)
		}
	}
	if got, want := cfg.SessionProjects()["project-test-1"], (session.ProjectConfig{Algorithm: "ES256"}); got != want {
		t.Errorf("session project: got %+v, want %+v", got, want)
	}
	want := handlers.Project{
		ID: "project-test-1", SecretHashes: make([][32]byte, 1), Code: true,
		Brand: templates.Brand{Name: "Example"}, SignInURL: "https://app.example.com/",
	}
	if got := cfg.DoorProjects()["project-test-1"]; !reflect.DeepEqual(got, want) {
		t.Errorf("door project: got %+v, want %+v", got, want)
	}
}

func TestEveryProjectKeyArrives(t *testing.T) {
	cfg := mustParse(t, strings.Replace(minimal, "    redirect_urls: [https://app.example.com/authenticate]\n", `
    redirect_urls:
      - https://app.example.com/authenticate
      - {url: "https://app.example.com/welcome", for: [signup]}
    pkce: optional
    login_expiration_minutes: 5
    signup_expiration_minutes: 10080
    code: false
    locale: pt-br
    sender: {name: Ada, address: ada@example.com}
    doors: [stytch]
    jwt_algorithm: EdDSA
`, 1), nil)
	link := cfg.LinkProjects()["project-test-1"]
	if !link.PKCEOptional || !link.VendorNames || link.Code || link.LoginTTL != 5*time.Minute || link.SignupTTL != 10080*time.Minute {
		t.Errorf("got %+v", link)
	}
	if _, err := link.Redirects.Check("https://app.example.com/welcome", models.LinkSignup); err != nil {
		t.Errorf("welcome for a sign-up: %v", err)
	}
	if _, err := link.Redirects.Check("https://app.example.com/welcome", models.LinkLogin); err == nil {
		t.Error("welcome for a login: got no error, want one")
	}
	if got, want := cfg.SessionProjects()["project-test-1"], (session.ProjectConfig{Algorithm: "EdDSA", VendorClaim: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := cfg.Mailer.Projects["project-test-1"], (mailer.Project{Name: "Example", FromName: "Ada", FromAddress: "ada@example.com", Locale: "pt-br"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEmptyValueIsNotGiven(t *testing.T) {
	text := strings.Replace(minimal, "smtp:\n", "log:\ndatabase:\n  url:\n  migrate: ~\nsmtp:\n  senders:\n", 1)
	if got, want := mustParse(t, text, nil).Mailer, mustParse(t, minimal, nil).Mailer; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRelativePathsAreBesideTheFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "latchkey.yaml")
	text := minimal + "templates: {dir: own}\ndatabase: {url: sqlite:db/a.db}\nkeys: {file: /etc/latchkey/key}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{cfg.TemplatesDir, cfg.Store.URL, cfg.Keys.File}
	want := []string{filepath.Join(folder, "own"), "sqlite:" + filepath.Join(folder, "db/a.db"), "/etc/latchkey/key"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALocaleIsALanguageThereAreWordsFor(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "latchkey.yaml")
	text := strings.Replace(minimal, "    name: Example\n", "    name: Example\n    locale: de\n", 1)
	expectComplaints(t, text, nil, "config.yaml:10: projects[0].locale: want en, es, fr or pt-br")
	if err := os.MkdirAll(filepath.Join(folder, "own", "words"), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{path: text + "templates: {dir: own}\n", filepath.Join(folder, "own", "words", "de.yaml"): ""} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Mailer.Projects["project-test-1"].Locale; got != "de" {
		t.Errorf("got locale %q, want de", got)
	}
}

// A device has no end, and a pipe waits for somebody.
func TestWhatAConfigurationNamesIsAFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "logo.png")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, named := range []string{pipe, "/dev/zero", t.TempDir()} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(minimal+"    brand: {logo: "+named+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "projects[0].brand.logo: the file cannot be read") {
			t.Errorf("a logo at %s: got %v, want that it cannot be read", named, err)
		}
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large.yaml")
	if err := os.WriteFile(large, make([]byte, maxFileSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(folder, "absent.yaml"), folder, large} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Load(%s): got %v, want an error that names the file", path, err)
		}
	}
}
