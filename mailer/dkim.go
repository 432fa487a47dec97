package mailer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/publicsuffix"
)

const (
	// minRSABits is what RFC 8301 §3.2 recommends to signers.
	minRSABits = 2048
	// maxTag is the length of a domain or selector whose tag still fits a line.
	maxTag = 71
)

// DKIM is what mails are signed with (RFC 6376). It never shows the key, whichever way
// it is printed.
type DKIM struct {
	domain   string
	selector string
	key      crypto.Signer
}

// NewDKIM reads a private key, RSA of at least 2048 bits or Ed25519, in PEM (PKCS#8 or
// PKCS#1). complain is told what is wrong with the fields domain, selector and
// key_file, without quoting the key.
func NewDKIM(domain, selector string, keyPEM []byte, complain func(field, message string)) *DKIM {
	d := &DKIM{domain: strings.ToLower(domain), selector: selector}
	if !isDomain(domain) || len(domain) > maxTag {
		complain("domain", fmt.Sprintf("want a domain such as example.com, of at most %d characters", maxTag))
	}
	if !isDomain(selector) || len(selector) > maxTag {
		complain("selector", "want the label under which the public key lies in DNS, as in latchkey1")
	}
	var err error
	if d.key, err = dkimKey(keyPEM); err != nil {
		complain("key_file", err.Error())
	}
	return d
}

func dkimKey(keyPEM []byte) (crypto.Signer, error) {
	key, err := gomail.PrivKeyFromPEM(keyPEM)
	if err != nil {
		return nil, errors.New("want an RSA or Ed25519 private key in PEM (PKCS#8 or PKCS#1), without a password")
	}
	if r, ok := key.(*rsa.PrivateKey); ok && r.N.BitLen() < minRSABits {
		return nil, fmt.Errorf("holds an RSA key of %d bits, want %d or more", r.N.BitLen(), minRSABits)
	}
	return key, nil
}

// Covers tells whether a signature of this domain counts for mail from the address:
// the domain is the address's own or lies above it, and is not one under which
// anybody may register (RFC 7489 §3.1.1, relaxed).
func (d *DKIM) Covers(address string) bool {
	from := strings.ToLower(domainOf(address))
	if from == d.domain {
		return true
	}
	suffix, _ := publicsuffix.PublicSuffix(d.domain)
	return suffix != d.domain && strings.HasSuffix(from, "."+d.domain)
}

// Record is the TXT record that receivers look for (RFC 6376 §3.6.2, RFC 8463 §4.2): its
// name, and its value in one piece. A zone file wants the value in pieces of at most
// 255 bytes.
func (d *DKIM) Record() (name, value string) {
	kind, public := "rsa", []byte(nil)
	switch key := d.key.Public().(type) {
	case ed25519.PublicKey:
		kind, public = "ed25519", key
	case *rsa.PublicKey:
		public, _ = x509.MarshalPKIXPublicKey(key) // of an RSA key it never fails
	}
	return d.selector + "._domainkey." + d.domain,
		"v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public)
}

func (d *DKIM) String() string { return d.selector + "._domainkey." + d.domain }

// Format prints the same for every verb: %+v would show the key.
func (d *DKIM) Format(f fmt.State, _ rune) { io.WriteString(f, d.String()) }

// LogValue is what a log shows.
func (d *DKIM) LogValue() slog.Value { return slog.StringValue(d.String()) }

// signer is made for each mail, since go-mail's is not for concurrent use. The time in
// the signature is the mail's own, so that every attempt has the same one.
func (d *DKIM) signer(at time.Time) *gomail.DKIMSigner {
	s := gomail.NewDKIMSigner(d.domain, d.selector, d.key)
	s.NowFunc = func() time.Time { return at }
	// A field that is absent is signed as absent, so that none can be added: Reply-To, and
	// a second From (RFC 6376 §8.15). More does not fit: go-mail folds a tag longer than
	// a line in the midst of a name, and then the signature does not verify.
	s.SignHeaders("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Reply-To")
	s.OversignHeaders("From")
	return s
}
