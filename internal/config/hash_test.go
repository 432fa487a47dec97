package config

import (
	"slices"
	"strings"
	"testing"
)

func TestHashTellsConfigurationsApart(t *testing.T) {
	const spelledOut = "log: {level: debug}\nserver: {public_url: 'https://login.example.com', listen: ':9000'}\n" +
		"database: {url: 'sqlite:./data/latchkey.db'}\nkeys: {file: /etc/key}\n"
	usual := mustParse(t, minimal, nil).Hash()
	if len(usual) != 2*hashLength {
		t.Errorf("got %q, want %d characters", usual, 2*hashLength)
	}
	for name, same := range map[string]string{
		"comments and blanks":            "# hello\n\n" + minimal,
		"defaults and a replica's own":   spelledOut + minimal[strings.Index(minimal, "smtp:"):],
		"empty list":                     change("", "    doors: []\n"),
		"quotes":                         change("name: Example", "name: 'Example'"),
		"redirect URL written in full":   change("[https://app.example.com/authenticate]", "[{url: https://app.example.com/authenticate}]"),
		"the relay's user and password":  change("smtp://localhost", "smtp://ada:hunter2@localhost"),
		"another relay's password still": change("smtp://localhost", "smtp://ada:hunter3@localhost"),
	} {
		if got := mustParse(t, same, nil).Hash(); got != usual {
			t.Errorf("%s: got %s, want %s", name, got, usual)
		}
	}
	fallback := func(url string) string {
		return mustParse(t, change(":1025", ":1025\n  fallbacks: ['"+url+"']"), nil).Hash()
	}
	if one, other := fallback("smtps://ada:hunter2@b.example"), fallback("smtps://ada:hunter3@b.example"); one != other || one == usual {
		t.Errorf("a fallback with two passwords: got %s and %s, want one hash, and not %s", one, other, usual)
	}
	for name, other := range map[string]string{
		"public URL": change("login.example.com", "signin.example.com"),
		"secret":     change(zeros, strings.Repeat("1", 64)),
		"pkce":       change("", "    pkce: optional\n"),
		"relay":      change("localhost:1025", "localhost:1026"),
		"redirect":   change("/authenticate", "/authenticate?*"),
	} {
		if got := mustParse(t, other, nil).Hash(); got == usual {
			t.Errorf("%s: got the same hash, want another", name)
		}
	}
	if got := new(Config).Hash(); got != "" {
		t.Errorf("of no file: got %q, want nothing", got)
	}
}

func TestRestartKeysNamesWhatDiffers(t *testing.T) {
	old := mustParse(t, minimal, nil)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":  {minimal, nil},
		"reloaded": {change("name: Example", "name: Other\n    pkce: optional") + "log: {level: debug}\n", nil},
		"sender":   {change("address: login@", "name: Ada\n  address: ada@"), nil},
		"the rest": {change("server:\n", "server:\n  listen: ':1'\n") + "database: {migrate: false}\nkeys: {file: k}\ntemplates: {dir: d}\n",
			[]string{"server.listen", "database.migrate", "keys.file", "templates.dir"}},
		"a fallback": {change(":1025", ":1025\n  fallbacks: ['smtps://b.example']"), []string{"smtp.fallbacks"}},
		"a password": {change("smtp://localhost", "smtp://ada:hunter2@localhost"), []string{"smtp.url"}},
	} {
		if got := RestartKeys(old, mustParse(t, c.text, nil)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
