package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// change replaces one line of the minimal file, or appends.
func change(old, new string) string {
	if old == "" {
		return minimal + new
	}
	if !strings.Contains(minimal, old) {
		panic("the minimal file has no " + old)
	}
	return strings.Replace(minimal, old, new, 1)
}

func TestFaultsAreToldWithTheirLine(t *testing.T) {
	const wantOrigin = "want an origin in lower case and nothing after it, as in https://app.example.com: no path, no slash at the end"
	const hashLine = `["sha256:` + zeros + `"]`
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key, near": {change("public_url:", "pubic_url:"), []string{
			"config.yaml:1: server.public_url: is missing: give the origin that links begin with, as in https://login.example.com",
			"config.yaml:2: server.pubic_url: there is no such key: did you mean public_url?",
		}},
		"unknown key, far": {change("", "tracing: true\n"), []string{
			"config.yaml:12: tracing: there is no such key: want server, database, keys, smtp, sender, limits, templates, log or projects",
		}},
		"secret in a key's place": {change("  url: smtp://localhost:1025", "  url: smtp://localhost:1025\n  hunter2/hunter2: x"), []string{
			"config.yaml:5: smtp.…: there is no such key: want url, tls, ca_file, auth, fallbacks, helo_name, senders, mails_per_connection or connection_idle_seconds",
		}},
		"wrong types": {change("smtp:\n", "smtp:\n  senders: four\n  mails_per_connection: [1]\n  connection_idle_seconds: 1.5\n") +
			"database: {migrate: yes}\ntemplates: here\nlog: [x]\n", []string{
			"config.yaml:4: smtp.senders: want a whole number in digits",
			"config.yaml:5: smtp.mails_per_connection: wants one value, not a list or a group of keys",
			"config.yaml:6: smtp.connection_idle_seconds: want a whole number in digits",
			"config.yaml:15: database.migrate: want true or false",
			"config.yaml:16: templates: want a group of keys: dir",
			"config.yaml:17: log: want a group of keys: level",
		}},
		"numbers out of range": {change("smtp:\n", "smtp:\n  senders: 65\n  mails_per_connection: 0\n  connection_idle_seconds: -1\n"), []string{
			"config.yaml:4: smtp.senders: want 1 to 64",
			"config.yaml:5: smtp.mails_per_connection: want 1 or more",
			"config.yaml:6: smtp.connection_idle_seconds: want 1 or more",
		}},
		"numbers in disguise": {change("smtp:\n", "smtp:\n  senders: 0x4\n  mails_per_connection: 010\n  connection_idle_seconds: 99999999999999999999\n"), []string{
			"config.yaml:4: smtp.senders: want a whole number in digits",
			"config.yaml:5: smtp.mails_per_connection: want a whole number in digits",
			"config.yaml:6: smtp.connection_idle_seconds: want a whole number in digits",
		}},
		"everything missing": {"log: {level: info}\n", []string{
			"config.yaml:1: projects: is missing: list at least one, with its id, name, secrets and redirect_urls",
			"config.yaml:1: server.public_url: is missing: give the origin that links begin with, as in https://login.example.com",
			"config.yaml:1: smtp.url: is missing: name the server that takes the mail, as in smtp://localhost:1025",
		}},
		"bad relays": {change("smtp:\n  url: smtp://localhost:1025\n", `smtp:
  url: smtps://mail.example.com
  tls: none
  auth: plain
  ca_file: nowhere.pem
  helo_name: "a b"
  fallbacks:
    - smtp://ada:hunter2@relay.example.com/path
    - url: smtp://ada:hunter2@relay.example.com
      tls: none
      auth: magic
    - {url: "smtp://localhost", ca_file: nowhere.pem}
    - {url: "sendmail:sendmail", tls: starttls}
    - {auth: plain}
    - x: y
`), []string{
			"config.yaml:5: smtp.tls: contradicts smtps://, which is TLS from the first byte: write smtp://, or leave this empty",
			"config.yaml:6: smtp.auth: says how to log in, and the URL has no user name and password to do it with",
			"config.yaml:7: smtp.ca_file: there is no such file",
			"config.yaml:8: smtp.helo_name: want a host name such as mail.example.com, or an address literal such as [192.0.2.1]",
			"config.yaml:10: smtp.fallbacks[0].url: nothing may follow the host and port",
			"config.yaml:12: smtp.fallbacks[1].tls: is none, and the URL has a password, which would go over the network in the clear: take starttls or implicit",
			"config.yaml:13: smtp.fallbacks[1].auth: want plain, login, scram or xoauth2, or nothing for the best that the relay offers",
			"config.yaml:14: smtp.fallbacks[2].ca_file: certifies nothing: this relay is not spoken to in TLS",
			"config.yaml:15: smtp.fallbacks[3].tls: is of SMTP, and a sendmail program is not spoken to in SMTP: leave it empty",
			"config.yaml:15: smtp.fallbacks[3].url: want sendmail: and the program's absolute path, as in sendmail:/usr/sbin/sendmail",
			"config.yaml:16: smtp.fallbacks[4].url: is missing: name the server that takes the mail, as in smtp://localhost:1025",
			"config.yaml:17: smtp.fallbacks[5].url: is missing: name the server that takes the mail, as in smtp://localhost:1025",
			"config.yaml:17: smtp.fallbacks[5].x: there is no such key: want url, tls, ca_file or auth",
		}},
		"bad signatures": {change("  address: login@example.com\n", `  address: login@example.com
  dkim: {selector: a}
`) + `    sender:
      envelope_address: a b
      reply_to: x
      dkim: {key_file: nowhere.pem, domain: example.com}
`, []string{
			"config.yaml:7: sender.dkim.key_file: is missing: name the file that holds the private key",
			"config.yaml:14: projects[0].sender.envelope_address: want one address such as login@example.com",
			"config.yaml:15: projects[0].sender.reply_to: want one address such as login@example.com",
			"config.yaml:16: projects[0].sender.dkim.key_file: there is no such file",
			"config.yaml:16: projects[0].sender.dkim.selector: is missing: name the label under which the public key lies in DNS, as in latchkey1",
		}},
		"empty project": {"server: {public_url: https://a.example}\nsmtp: {url: smtp://localhost}\nsender: {address: a@a.example}\nprojects:\n  -\n", []string{
			"config.yaml:5: projects[0].id: is missing: make one up, as in project-live-8d2f… (it never changes: every user belongs to it)",
			"config.yaml:5: projects[0].name: is missing: mails say by it who asks",
			"config.yaml:5: projects[0].redirect_urls: is missing: list every URL that an opened link may lead to, in full",
			"config.yaml:5: projects[0].secrets: is missing: run latchkey secret new, and put the hash it prints here",
		}},
		"no sender": {change("sender:\n  address: login@example.com\n", ""), []string{
			"config.yaml:1: sender.address: is missing: name the address that mail comes from, or give each project its own",
		}},
		"bad senders": {change("    name: Example\n", "    name: Example\n    sender: {address: 'Ada <ada@example.com>', name: \"a\\u200bb\"}\n"), []string{
			"config.yaml:10: projects[0].sender.address: want one address such as login@example.com",
			"config.yaml:10: projects[0].sender.name: has an invisible or control character in it",
		}},
		"bad project": {change(hashLine, "[nonsense, "+`"sha256:zz00000000000000000000000000000000000000000000000000000000000000", sha256:00]`+`
    pkce: yes
    login_expiration_minutes: 4
    signup_expiration_minutes: 10081
    doors: [supabase]
    jwt_algorithm: HS256`), []string{
			"config.yaml:10: projects[0].secrets[0]: want sha256: and 64 hexadecimal digits, as latchkey secret new prints them",
			"config.yaml:10: projects[0].secrets[1]: want sha256: and 64 hexadecimal digits, as latchkey secret new prints them",
			"config.yaml:10: projects[0].secrets[2]: want sha256: and 64 hexadecimal digits, as latchkey secret new prints them",
			"config.yaml:11: projects[0].pkce: want required or optional",
			"config.yaml:12: projects[0].login_expiration_minutes: want 5 to 10080 minutes",
			"config.yaml:13: projects[0].signup_expiration_minutes: want 5 to 10080 minutes",
			"config.yaml:14: projects[0].doors[0]: want stytch",
			"config.yaml:15: projects[0].jwt_algorithm: want ES256, RS256 or EdDSA",
		}},
		"secret instead of its hash": {change(hashLine, "[secret-live-hunter2]"), []string{
			"config.yaml:10: projects[0].secrets[0]: is a secret itself: put its hash here, and a new secret in use, since this file is read by more people than a secret should be",
		}},
		"bad redirect URLs": {change("[https://app.example.com/authenticate]", `
      - http://app.example.com/a
      - https://app.example.com/*/a
      - {url: https://app.example.com/?token=1, for: [verify]}
      - {for: [login]}
      - ["https://app.example.com/"]
      - https://app.example.com/ok`), []string{
			"config.yaml:12: projects[0].redirect_urls[0].url: the URL must be https: a token over plain http can be read on the way",
			"config.yaml:13: projects[0].redirect_urls[1].url: the URL * may stand only for a whole query (?*) or a loopback port (:*)",
			"config.yaml:14: projects[0].redirect_urls[2].for[0]: want login, signup or invite",
			"config.yaml:14: projects[0].redirect_urls[2].url: the URL has the query parameter token, which is reserved for the landing",
			"config.yaml:15: projects[0].redirect_urls[3].url: is missing: give the URL in full, as in https://app.example.com/authenticate",
			"config.yaml:16: projects[0].redirect_urls[4]: want a group of keys: url or for",
		}},
		"kind without a URL": {change("[https://app.example.com/authenticate]", "[{url: https://app.example.com/, for: [login]}]"), []string{
			"config.yaml:11: projects[0].redirect_urls: has no URL for signup links, so that every start would be refused: add one",
		}},
		"arguments of a program": {change("smtp://localhost:1025", "sendmail:/usr/sbin/sendmail -t"), []string{
			"config.yaml:4: smtp.url: takes no arguments behind the program: Latchkey gives it its own (-i -f SENDER -- RECIPIENT)",
		}},
		"bad id": {change("id: project-test-1", "id: project/1"), []string{
			"config.yaml:8: projects[0].id: want 1 to 64 letters, digits, _ and -: it is part of URLs and user ids",
		}},
		"id twice": {change("", strings.TrimPrefix(minimal[strings.Index(minimal, "projects:"):], "projects:\n")), []string{
			"config.yaml:12: projects[1].id: is the id of the project on line 8 as well: give each its own",
		}},
		"key twice": {change("  url: smtp", "  url: smtp://a.example\n  url: smtp"), []string{
			"config.yaml:5: smtp.url: stands twice, here and on line 4: keep one",
		}},
		"bad database, listen and level": {change("", "database: {url: mysql://x}\nlog: {level: loud}\n") + "keys: {text: 1, file: a}\n", []string{
			"config.yaml:12: database.url: want sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
			"config.yaml:13: log.level: want debug, info, warn or error",
			"config.yaml:14: keys.text: stands beside keys.file: keep one of the two",
		}},
		"browser door": {change("    name: Example\n", `    name: Example
    public_token: public-token-live-1
    allowed_origins: [https://app.example.com/, https://*.example.com, https://App.example.com, "https://app.example.com:443", http://app.example.com, "null", "", https://ada@app.example.com, "https://bücher.example", "https://app.example.com?", "https://a%41.example"]
`), []string{
			"config.yaml:10: projects[0].public_token: want public-token-test- as the project's id has it, and 1 to 64 letters, digits, _ and - after it",
			"config.yaml:11: projects[0].allowed_origins[0]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[10]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[1]: has a *, which is not read here: list each origin",
			"config.yaml:11: projects[0].allowed_origins[2]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[3]: leave the port away: it is the scheme's own, and browsers drop it",
			"config.yaml:11: projects[0].allowed_origins[4]: must be https: whoever is on the way of a page over plain http can put a script into it (http is for loopback)",
			"config.yaml:11: projects[0].allowed_origins[5]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[6]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[7]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[8]: " + wantOrigin,
			"config.yaml:11: projects[0].allowed_origins[9]: " + wantOrigin,
		}},
		"browser door shut": {change("    name: Example\n", "    name: Example\n    allowed_origins: [https://app.example.com]\n    native_apps: true\n"), []string{
			"config.yaml:10: projects[0].allowed_origins: does nothing without a public_token: latchkey secret new prints one",
			"config.yaml:11: projects[0].native_apps: does nothing without a public_token: latchkey secret new prints one",
		}},
		"browser door for nobody": {change("    name: Example\n", "    name: Example\n    public_token: public-token-test-1\n"), []string{
			"config.yaml:10: projects[0].public_token: is of no use to anybody: list the pages that may use it in allowed_origins, or set native_apps",
		}},
		"public token twice": {change("    name: Example\n", "    name: Example\n    public_token: public-token-test-1\n    native_apps: true\n") +
			strings.Replace(minimal[strings.Index(minimal, "  - id:"):], "id: project-test-1", "id: project-test-2\n    public_token: public-token-test-1\n    native_apps: true", 1), []string{
			"config.yaml:15: projects[1].public_token: is that of the project on line 10 as well: give each its own",
		}},
		"metrics for strangers": {change("  public_url: https://login.example.com\n", "  public_url: https://login.example.com\n  listen: :8080\n  metrics_listen: :8080\n"), []string{
			"config.yaml:4: server.metrics_listen: is server.listen: give another port, which strangers do not reach",
		}},
		"shutdown never": {change("  public_url: https://login.example.com\n", "  public_url: https://login.example.com\n  shutdown_delay_seconds: 61\n"), []string{
			"config.yaml:3: server.shutdown_delay_seconds: want 0 to 60",
		}},
		"metrics nowhere": {change("  public_url: https://login.example.com\n", "  public_url: https://login.example.com\n  metrics_listen: localhost\n"), []string{
			"config.yaml:3: server.metrics_listen: want HOST:PORT as in 127.0.0.1:8080, or :8080 for every address of this machine",
		}},
		"proxies": {change("  public_url: https://login.example.com\n", "  public_url: https://login.example.com\n  trusted_proxies: [10.0.0.0/8, 127.0.0.1, localhost, 0.0.0.0/0, '::/0', 10.0.0.0/33]\n"), []string{
			"config.yaml:3: server.trusted_proxies[2]: want an IP address or a network, as in 10.0.0.0/8",
			"config.yaml:3: server.trusted_proxies[3]: trusts everybody, and so anybody could say where they come from: name the proxies in front",
			"config.yaml:3: server.trusted_proxies[4]: trusts everybody, and so anybody could say where they come from: name the proxies in front",
			"config.yaml:3: server.trusted_proxies[5]: want an IP address or a network, as in 10.0.0.0/8",
		}},
		"limits of a network": {change("", "limits: {ip_mailbox_burst: -1, ip_starts_per_minute: -1, ip_redeems_per_minute: x}\n"), []string{
			"config.yaml:12: limits.ip_mailbox_burst: want 1 or more, or 0 for no limit",
			"config.yaml:12: limits.ip_redeems_per_minute: want a whole number in digits",
			"config.yaml:12: limits.ip_starts_per_minute: want 1 or more, or 0 for no limit",
		}},
		"master key in the file": {change("", "keys: {text: '1:AAAA'}\n"), []string{
			`config.yaml:12: keys.text: must come from the environment, as in "${LATCHKEY_MASTER_KEYS}": whoever reads a master key can make every link and session`,
		}},
	} {
		t.Run(name, func(t *testing.T) { expectComplaints(t, c.text, nil, c.want...) })
	}
}

func TestPublicURLIsAnOrigin(t *testing.T) {
	const at = "config.yaml:2: server.public_url: "
	for written, want := range map[string]string{
		"https://login.example.com/":      "want an origin in lower case and nothing after it, as in https://login.example.com: no path, no slash at the end",
		"https://login.example.com/auth":  "want an origin in lower case and nothing after it, as in https://login.example.com: no path, no slash at the end",
		"https://login.example.com?":      "want an origin in lower case and nothing after it, as in https://login.example.com: no path, no slash at the end",
		"https://Login.example.com":       "want an origin in lower case and nothing after it, as in https://login.example.com: no path, no slash at the end",
		"https://login.example.com:443":   "leave the port away: it is the scheme's own, and browsers drop it",
		"http://login.example.com":        "must be https: a link mailed over plain http can be read on the way (http is for loopback)",
		"http://127.0.0.1.example.com":    "must be https: a link mailed over plain http can be read on the way (http is for loopback)",
		"https://u:hunter2@login.example": "the URL carries a user name, which hides the real host",
		"login.example.com":               "the URL is not absolute, as in https://app.example/welcome",
		"com.example.app://login":         "must begin with https://",
		"'https://login example'":         "the URL has a space, a control or a non-ASCII character: percent-encode it",
	} {
		t.Run(written, func(t *testing.T) {
			expectComplaints(t, change("https://login.example.com", written), nil, at+want)
		})
	}
	for _, written := range []string{"https://login.example.com", "https://a.example:8443", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080"} {
		mustParse(t, change("https://login.example.com", written), nil)
	}
}

func TestListenIsHostAndPort(t *testing.T) {
	for _, written := range []string{"8080", "localhost", "localhost:http", "':0'", "':99999'", "1:2:3"} {
		expectComplaints(t, change("server:\n", "server:\n  listen: "+written+"\n"), nil,
			"config.yaml:2: server.listen: want HOST:PORT as in 127.0.0.1:8080, or :8080 for every address of this machine")
	}
	for _, written := range []string{"':8080'", "0.0.0.0:80", "'[::1]:8080'", "localhost:8080"} {
		mustParse(t, change("server:\n", "server:\n  listen: "+written+"\n"), nil)
	}
}

func expectComplaints(t *testing.T, text string, environment map[string]string, want ...string) {
	t.Helper()
	_, err := parseText(t, text, environment)
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want complaints", err)
	}
	if got := invalid.Complaints(); !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a value is quoted: %v", err)
	}
}
