package config

import (
	"slices"
	"strings"
	"testing"

	"latchkey/mailer"
)

func TestValuesComeFromTheEnvironment(t *testing.T) {
	text := change("smtp://localhost:1025", "${SCHEME}://ada:${PASSWORD}@mail.example.com\n  senders: ${SENDERS}")
	text = strings.Replace(text, "name: Example", `name: "$${HOME} costs $5 ${EMPTY}${UNTIL}"`, 1)
	cfg := mustParse(t, text, map[string]string{
		"SCHEME": "smtps", "PASSWORD": "hunter2", "SENDERS": "7", "EMPTY": "", "UNTIL": "now: [a, b] # ${SCHEME}",
	})
	complain := func(field, message string) { t.Errorf("%s: %s", field, message) }
	want := []mailer.Relay{mailer.ParseRelay("smtps://ada:hunter2@mail.example.com", "", "", complain)}
	if got := cfg.Mailer.Relays; !slices.Equal(got, want) {
		t.Errorf("got %s, want %s, or another password", got, want)
	}
	if cfg.Mailer.Senders != 7 {
		t.Errorf("senders: got %d, want 7", cfg.Mailer.Senders)
	}
	if got, want := cfg.Mailer.Projects["project-test-1"].Name, "${HOME} costs $5 now: [a, b] # ${SCHEME}"; got != want {
		t.Errorf("got %q, want %q: a value is never structure and not expanded twice", got, want)
	}
}

func TestVariablesThatAreMissing(t *testing.T) {
	expectComplaints(t, change("smtp://localhost:1025", "${SMTP_URL}\n  senders: ${A}${B}\n  mails_per_connection: ${bad name}"), nil,
		"config.yaml:4: smtp.url: the environment variable SMTP_URL is not set: set it, or write the value here",
		"config.yaml:5: smtp.senders: the environment variable A is not set: set it, or write the value here",
		"config.yaml:6: smtp.mails_per_connection: ${ begins the name of an environment variable, as in ${SMTP_URL}: close it with }, or write $${ for the two characters themselves",
	)
}

func TestValuesFromTheEnvironmentAreNeverShown(t *testing.T) {
	text := `server: {public_url: "${S}", listen: "${S}"}
database: {url: "${S}", migrate: "${S}"}
keys: {text: "${S}"}
smtp: {url: "${S}", senders: "${S}"}
sender: {address: "${S}"}
log: {level: "${S}"}
projects:
  - {id: "${S}/", name: "${S}${NUL}", secrets: ["${S}"], redirect_urls: ["${S}"], pkce: "${S}", doors: ["${S}"], locale: "${S}", jwt_algorithm: "${S}"}
`
	_, err := parseText(t, text, map[string]string{"S": "hunter2:\n\\hunter2", "NUL": "\x00"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v, want complaints that quote nothing", err)
	}
	if got, want := strings.Count(err.Error(), "config.yaml:"), 17; got != want {
		t.Errorf("got %d complaints, want %d:\n%v", got, want, err)
	}
}

func TestMasterKeysFromTheEnvironment(t *testing.T) {
	const keys = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	text := change("", "keys: {text: \"${LATCHKEY_MASTER_KEYS}\"}\n")
	cfg := mustParse(t, text, map[string]string{"LATCHKEY_MASTER_KEYS": keys})
	if want := (Keys{Text: keys}); cfg.Keys != want {
		t.Errorf("got %+v, want %+v", cfg.Keys, want)
	}
	numbered := change("", "keys: {text: \"1:${KEY}\"}\n")
	mustParse(t, numbered, map[string]string{"KEY": strings.Repeat("A", 43)})
	expectComplaints(t, text, map[string]string{"LATCHKEY_MASTER_KEYS": "1:hunter2"},
		"config.yaml:12: keys.text: line 1: the key is not 32 bytes in unpadded base64url")
}
