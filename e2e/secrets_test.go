package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/store/storetest"
)

// secrets are credentials by name, of which no trace may be found.
type secrets map[string]string

// checkAbsent looks for each, and for the MAC in the tokens: with it, whoever reads
// the place could put the token together again.
func (s secrets) checkAbsent(t *testing.T, place, content string) {
	t.Helper()
	for name, secret := range s {
		if secret == "" {
			t.Errorf("the %s is empty: nothing was looked for", name)
			continue
		}
		raw, err := base64.RawURLEncoding.DecodeString(secret)
		sealed := err == nil && len(raw) == 33
		if holds(content, secret) || sealed && strings.Contains(content, string(raw[17:])) {
			t.Errorf("%s holds the %s", place, name)
		}
	}
}

// holds takes digits only as a number of their own: a code's may well be amidst those
// of a time.
func holds(content, secret string) bool {
	if strings.Trim(secret, "0123456789") != "" {
		return strings.Contains(content, secret)
	}
	return regexp.MustCompile(`(?:^|\D)` + secret + `(?:\D|$)`).MatchString(content)
}

func TestNothingStoredOrLoggedOpensAnything(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		port := reserveRelayPort(t)
		server := serve(t, newSettings(t, url, port.address))
		app, spent, open := server.backEnd(0), newPair(), newPair()
		app.start(t, "ada@example.com", spent)
		app.start(t, "bob@example.com", open)
		stored := storedBytes(t, url) // with both mails in the queue

		relay := port.open(t)
		mail, openMail := relay.mail(t, "ada@example.com"), relay.mail(t, "bob@example.com")
		in, lasting := useEverything(t, app, mail.Token, spent.verifier)
		wrong := body{"email": "bob@example.com", "code": anotherCode(openMail.Code), "code_verifier": open.verifier}
		app.expect(t, "/v1/otps/authenticate", wrong, "unable_to_auth_otp_code")
		stored += storedBytes(t, url)
		server.terminate(t)
		stored += storedBytes(t, url)

		found := secrets{
			"spent link's token": mail.Token, "open link's token": openMail.Token,
			"spent link's code": mail.Code, "open link's code": openMail.Code,
			"spent link's verifier": spent.verifier, "open link's verifier": open.verifier,
			"first session token": in.SessionToken, "first session JWT": in.SessionJWT,
			"later session token": lasting.SessionToken, "later session JWT": lasting.SessionJWT,
			"project's secret": app.secret, "master key": masterKey(t, server.keyFile),
		}
		found.checkAbsent(t, "the database", stored)
		found.checkAbsent(t, "the log", server.stderr.String())
		secrets{"address": "ada@example.com"}.checkAbsent(t, "the log", server.stderr.String())
	})
}

// useEverything goes through every door with real credentials, refusals included,
// and leaves a session open.
func useEverything(t *testing.T, app backEnd, token, verifier string) (in, lasting answer) {
	t.Helper()
	if status, _ := get(t, app.url+"/l/"+token); status != http.StatusFound {
		t.Errorf("opening the link: got %d, want 302", status)
	}
	redeem := "/v1/magic_links/authenticate"
	app.expect(t, redeem, body{"token": token}, "pkce_expected_code_verifier")
	app.expect(t, redeem, body{"token": token, "code_verifier": verifier + "!"}, "invalid_pkce_code_verifier")
	app.expect(t, redeem, body{"token": token, "code_verifier": newPair().verifier}, "pkce_mismatch")
	app.expect(t, redeem, body{"token": token[1:] + "A", "code_verifier": verifier}, "magic_link_not_found")
	in = app.redeem(t, token, verifier)
	app.expect(t, redeem, body{"token": token, "code_verifier": verifier}, "unable_to_auth_magic_link")
	get(t, app.url+"/l/"+token)                              // the page that says so
	get(t, app.url+"/l/"+token+"/"+verifier+"?"+token)       // no such route
	get(t, app.url+"/readyz?session_token="+in.SessionToken) // a route that takes no query
	lasting = app.expect(t, "/v1/sessions/authenticate", body{"session_token": in.SessionToken, "session_duration_minutes": 120}, "")
	app.expect(t, "/v1/sessions/authenticate", body{"session_jwt": in.SessionJWT}, "")
	return in, lasting
}

// storedBytes is what the database holds: each value, and in SQLite's case each byte
// of its files, of deleted rows too.
func storedBytes(t *testing.T, url string) string {
	t.Helper()
	stored := storetest.Dump(t, url)
	if stored == "" {
		t.Fatal("the database is empty")
	}
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	if !isSQLite {
		return stored
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		stored += string(content)
	}
	return stored
}

func masterKey(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, key, found := strings.Cut(lastLine(string(content)), ":")
	if !found {
		t.Fatal(fmt.Errorf("no key in %s", file))
	}
	return key
}
