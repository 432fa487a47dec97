package config

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/mailer"
)

// install writes the configuration and what it points to into one folder.
func install(t *testing.T, text string, beside map[string][]byte) (path string) {
	t.Helper()
	path = writeInstallation(t, text, 0o600, 0o600)
	for name, content := range beside {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func mustLoad(t *testing.T, text string, beside map[string][]byte) *Config {
	t.Helper()
	cfg, err := Load(install(t, text, beside))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func testAuthority(t *testing.T) (certificate *x509.Certificate, encoded []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func testSigningKey(t *testing.T) []byte {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestRelaysComeInTheirOrder(t *testing.T) {
	authority, encoded := testAuthority(t)
	cfg := mustLoad(t, change("  url: smtp://localhost:1025\n", `  url: smtp://ada:hunter2@mail.example.com
  auth: scram
  ca_file: ca.pem
  helo_name: out.example.com
  fallbacks:
    - smtps://second.example.com
    - {url: "smtp://relay.internal:2525", tls: starttls}
    - sendmail:/usr/sbin/sendmail
`), map[string][]byte{"ca.pem": encoded})
	var faults []string
	first := mailer.ParseRelay("smtp://ada:hunter2@mail.example.com", "", "scram", func(_, message string) { faults = append(faults, message) })
	got := slices.Clone(cfg.Mailer.Relays)
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	if got[0].Roots == nil || !got[0].Roots.Equal(roots) {
		t.Error("the first relay does not have the authority of its ca_file")
	}
	got[0].Roots = nil
	want := []mailer.Relay{
		first,
		{Host: "second.example.com", Port: 465, TLS: mailer.TLSImplicit},
		{Host: "relay.internal", Port: 2525, TLS: mailer.TLSStartTLS},
		{Program: "/usr/sbin/sendmail"},
	}
	if !slices.Equal(got, want) || len(faults) != 0 {
		t.Errorf("got %s, want %s", got, want)
	}
	if cfg.Mailer.HeloName != "out.example.com" {
		t.Errorf("got the name %q", cfg.Mailer.HeloName)
	}
}

func TestFilesThatHoldSomethingElse(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"ca_file": {change(":1025", ":1025\n  tls: starttls\n  ca_file: other.pem"), ":6: smtp.ca_file: holds no certificate in PEM"},
		"key_file": {change("  address: login@example.com", "  address: login@example.com\n  dkim: {selector: a, key_file: other.pem}"),
			":7: sender.dkim.key_file: want an RSA or Ed25519 private key in PEM (PKCS#8 or PKCS#1), without a password"},
		"folder": {change(":1025", ":1025\n  tls: starttls\n  ca_file: data"), ":6: smtp.ca_file: the file cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			path := install(t, c.text, map[string][]byte{"other.pem": []byte("hunter2")})
			if _, err := Load(path); err == nil || !strings.HasSuffix(err.Error(), path+c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestWhoseKeySigns: a project's own, or else the installation's where receivers count
// it for the project's address.
func TestWhoseKeySigns(t *testing.T) {
	const usual = "  address: login@example.com\n  envelope_address: bounces@example.com\n  dkim: {selector: usual, key_file: key.pem}\n"
	files := map[string][]byte{"key.pem": testSigningKey(t), "own.pem": testSigningKey(t)}
	const unsigned = "projects[0].sender: mail from this address is not signed, since sender.dkim is for another domain: give the project a dkim of its own"
	for name, c := range map[string]struct{ sender, record, warning string }{
		"nothing of its own":   {"", "usual._domainkey.example.com", ""},
		"address below":        {"{address: a@mail.example.com}", "usual._domainkey.example.com", ""},
		"address elsewhere":    {"{address: a@acme.example}", "", unsigned},
		"a key of its own":     {"{address: a@acme.example, dkim: {selector: own, key_file: own.pem}}", "own._domainkey.acme.example", ""},
		"and a domain":         {"{address: a@mail.acme.example, dkim: {selector: own, key_file: own.pem, domain: acme.example}}", "own._domainkey.acme.example", ""},
		"own key, same domain": {"{dkim: {selector: own, key_file: own.pem}}", "own._domainkey.example.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(quiet(), "  address: login@example.com\n", usual, 1) + "    sender: " + c.sender + "\n"
			cfg := mustLoad(t, text, files)
			project, record := cfg.Mailer.Projects["project-test-1"], ""
			if project.DKIM != nil {
				record, _ = project.DKIM.Record()
			}
			if record != c.record || project.EnvelopeAddress != "bounces@example.com" {
				t.Errorf("got the record %q and the envelope sender %s, want %q", record, project.EnvelopeAddress, c.record)
			}
			if got := strings.Join(cfg.Warnings(), "\n"); !strings.HasSuffix(got, c.warning) || c.warning == "" && got != "" {
				t.Errorf("got the warnings %q, want %q", got, c.warning)
			}
		})
	}
}

func TestADomainThatDoesNotCountIsRefused(t *testing.T) {
	text := change("  address: login@example.com", "  address: login@example.com\n  dkim: {selector: a, key_file: key.pem}") +
		"    sender: {dkim: {selector: a, key_file: key.pem, domain: other.example}}\n"
	path := install(t, text, map[string][]byte{"key.pem": testSigningKey(t)})
	want := ":13: projects[0].sender.dkim.domain: the domain must be that of the sender's address or one above it: receivers count no other signature (DMARC)"
	if _, err := Load(path); err == nil || !strings.HasSuffix(err.Error(), path+want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestADomainThatDoesNotSignForItsOwnAddressIsRefused(t *testing.T) {
	for _, domain := range []string{"other.example", "mail.example.com", "com"} {
		text := change("  address: login@example.com", "  address: login@example.com\n  dkim: {selector: a, key_file: key.pem, domain: "+domain+"}")
		path := install(t, text, map[string][]byte{"key.pem": testSigningKey(t)})
		want := ":7: sender.dkim.domain: is neither the domain of sender.address nor one above it: receivers count no other signature (DMARC)"
		if _, err := Load(path); err == nil || !strings.HasSuffix(err.Error(), path+want) {
			t.Errorf("%s: got %v, want %s", domain, err, want)
		}
	}
}

func TestASigningKeyThatOthersMayRead(t *testing.T) {
	text := strings.Replace(quiet(), "  address: login@example.com", "  address: login@example.com\n  dkim: {selector: a, key_file: key.pem}", 1)
	path := install(t, text, map[string][]byte{"key.pem": testSigningKey(t)})
	if err := os.Chmod(filepath.Join(filepath.Dir(path), "key.pem"), 0o640); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{path + ":7: sender.dkim.key_file: others may read the key file, and sign mail in this domain's name: chmod 600 it"}
	if got := cfg.Warnings(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
