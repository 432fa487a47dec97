package mailer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"latchkey/models"
)

func newRSA(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd25519(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkcs8(t *testing.T, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func pkcs1(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func newDKIM(t *testing.T, domain string, keyPEM []byte) *DKIM {
	t.Helper()
	return NewDKIM(domain, "latchkey1", keyPEM, func(field, message string) { t.Errorf("%s: %s", field, message) })
}

// verified checks the mail as a receiver does, with the DNS that the record was put
// into.
func verified(t *testing.T, source string, d *DKIM) *dkim.Verification {
	t.Helper()
	name, value := d.Record()
	results, err := dkim.VerifyWithOptions(strings.NewReader(source), &dkim.VerifyOptions{
		LookupTXT: func(asked string) ([]string, error) {
			if asked != name {
				return nil, fmt.Errorf("no record at %s", asked)
			}
			return []string{value}, nil
		},
	})
	if err != nil || len(results) != 1 {
		t.Fatalf("got %d signatures, %v; want one in\n%s", len(results), err, source)
	}
	return results[0]
}

// TestSignedMail verifies what the relay received, for each kind of key and file.
func TestSignedMail(t *testing.T) {
	rsaKey := newRSA(t, minRSABits)
	for name, keyPEM := range map[string][]byte{
		"RSA, PKCS#8": pkcs8(t, rsaKey), "RSA, PKCS#1": pkcs1(rsaKey), "Ed25519": pkcs8(t, newEd25519(t)),
	} {
		for _, domain := range []string{"mail.acme.example", "acme.example"} {
			t.Run(name+", "+domain, func(t *testing.T) {
				onBoth(t, func(t *testing.T, b *bench) {
					d := newDKIM(t, domain, keyPEM)
					b.worker.Config.Projects["acme"] = Project{
						Name: "Ämter & Co.", FromAddress: "login@mail.acme.example", ReplyTo: "help@acme.example", DKIM: d,
					}
					// A second attempt: the signature is the same, as all of the mail is.
					b.relay.set("message", say("451 4.3.0 later"))
					link, mail := b.start("acme", "ada@example.com")
					b.deliver()
					b.relay.unset("message")
					b.clock.Advance(lastProbePause)
					b.deliver()
					b.wantEvent(link, models.EventMailSent, "")
					source := take(t, b.relay).source
					got := verified(t, source, d)
					if queued := mail.CreatedAt.Time(); got.Err != nil || got.Domain != domain || !got.Time.Equal(queued) {
						t.Errorf("got %+v, want a signature by %s of %s", got, domain, queued)
					}
					for _, header := range []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Reply-To"} {
						if !slices.ContainsFunc(got.HeaderKeys, func(key string) bool { return strings.EqualFold(key, header) }) {
							t.Errorf("%s is not signed: %q", header, got.HeaderKeys)
						}
					}
					signature := signatureOf(source)
					if !strings.Contains(signature, "c=relaxed/relaxed") || strings.Contains(signature, "l=") {
						t.Errorf("want relaxed/relaxed and the whole body signed, got %s", signature)
					}
				})
			})
		}
	}
}

// signatureOf is the header field without its folding.
func signatureOf(source string) string {
	_, after, _ := strings.Cut("\r\n"+source, "\r\nDKIM-Signature: ")
	unfolded := strings.ReplaceAll(after, "\r\n ", " ")
	field, _, _ := strings.Cut(unfolded, "\r\n")
	return field[:strings.Index(field, "bh=")]
}

// go-mail's folding breaks what is longer than a line.
func TestTheLongestDomainStillVerifies(t *testing.T) {
	domain := strings.Repeat("a", 63) + ".example"
	if len(domain) != maxTag {
		t.Fatalf("got %d characters, want %d", len(domain), maxTag)
	}
	selector := strings.Repeat("a.", 35) + "a"
	d := NewDKIM(domain, selector, pkcs8(t, newEd25519(t)), func(field, message string) { t.Errorf("%s: %s", field, message) })
	config := testConfig()
	config.Projects["acme"] = Project{Name: "Acme", FromAddress: "login@" + domain, DKIM: d}
	if got := verified(t, string(source(t, config, goldenMail("login"), "TOKEN")), d); got.Err != nil {
		t.Error(got.Err)
	}
}

// Every attempt sends the same bytes, the signature's too.
func TestSignedAttemptsAreAlike(t *testing.T) {
	for name, keyPEM := range map[string][]byte{"RSA": pkcs8(t, newRSA(t, minRSABits)), "Ed25519": pkcs8(t, newEd25519(t))} {
		config := testConfig()
		acme := config.Projects["acme"]
		acme.DKIM = newDKIM(t, "acme.example", keyPEM)
		config.Projects["acme"] = acme
		first := source(t, config, goldenMail("login"), "TOKEN")
		second := source(t, config, goldenMail("login"), "TOKEN")
		if string(first) != string(second) || !strings.HasPrefix(string(first), "DKIM-Signature: ") {
			t.Errorf("%s: got\n%s\nand then\n%s", name, first, second)
		}
	}
}

// Whatever is changed or added on the way shows.
func TestAChangedMailFailsVerification(t *testing.T) {
	d := newDKIM(t, "acme.example", pkcs8(t, newEd25519(t)))
	config := testConfig()
	config.Projects["acme"] = Project{Name: "Acme", FromAddress: "login@acme.example", DKIM: d}
	signed := string(source(t, config, goldenMail("login"), "TOKEN"))
	if got := verified(t, signed, d); got.Err != nil {
		t.Fatalf("unchanged: %v", got.Err)
	}
	for name, changed := range map[string]string{
		"body":              strings.Replace(signed, "TOKEN", "TOKEM", 1),
		"end of the body":   signed + "more\r\n",
		"subject":           strings.Replace(signed, "Subject: ", "Subject: Re: ", 1),
		"a second From":     "From: Mallory <login@acme.example>\r\n" + signed,
		"a Reply-To, added": "Reply-To: mallory@example.com\r\n" + signed,
	} {
		if got := verified(t, changed, d); got.Err == nil {
			t.Errorf("%s: the signature still holds", name)
		}
	}
}

func TestDKIMFaults(t *testing.T) {
	good := pkcs8(t, newEd25519(t))
	for _, c := range []struct {
		name, domain, selector string
		key                    []byte
		field                  string
	}{
		{"no PEM", "acme.example", "a", []byte("hunter2"), "key_file"},
		{"public key", "acme.example", "a", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("hunter2")}), "key_file"},
		{"short key", "acme.example", "a", pkcs1(newRSA(t, 1024)), "key_file"},
		{"no selector", "acme.example", "", good, "selector"},
		{"selector with a space", "acme.example", "a b", good, "selector"},
		{"selector too long", "acme.example", strings.Repeat("a.", 36) + "a", good, "selector"},
		{"no domain", "", "a", good, "domain"},
		{"domain too long", strings.Repeat("a.", 36) + "a", "a", good, "domain"},
		{"header injection", "acme.example;\r\nx: y", "a", good, "domain"},
	} {
		var got []string
		NewDKIM(c.domain, c.selector, c.key, func(field, message string) { got = append(got, field+": "+message) })
		if len(got) != 1 || !strings.HasPrefix(got[0], c.field+": ") || strings.Contains(got[0], "hunter2") {
			t.Errorf("%s: got %q, want one complaint about %s", c.name, got, c.field)
		}
	}
}

func TestWhichAddressesADomainSignsFor(t *testing.T) {
	for _, c := range []struct {
		domain, address string
		want            bool
	}{
		{"example.com", "login@example.com", true},
		{"example.com", "login@Mail.Example.com", true},
		{"mail.example.com", "login@example.com", false},
		{"example.com", "login@badexample.com", false},
		{"example.com", "login@example.com.evil.example", false},
		{"com", "login@example.com", false},
		{"co.uk", "login@example.co.uk", false},
		{"localhost", "login@localhost", true},
	} {
		if got := (&DKIM{domain: c.domain}).Covers(c.address); got != c.want {
			t.Errorf("%s for %s: got %v, want %v", c.domain, c.address, got, c.want)
		}
	}
}

func TestTheKeyIsNeverShown(t *testing.T) {
	key := newEd25519(t)
	d := newDKIM(t, "acme.example", pkcs8(t, key))
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "dkim", d, "project", Project{DKIM: d})
	shown := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%x"} {
		shown = append(shown, fmt.Sprintf(verb, d), fmt.Sprintf(verb, Project{DKIM: d}))
	}
	for _, secret := range []string{fmt.Sprint([]byte(key[:4])), fmt.Sprintf("%x", key[:8]), fmt.Sprintf("%#v", []byte(key[:3]))} {
		secret = strings.Trim(secret, "[]{}")
		if i := slices.IndexFunc(shown, func(s string) bool { return strings.Contains(s, secret) }); i >= 0 {
			t.Errorf("the key is shown: %s", shown[i])
		}
	}
}
