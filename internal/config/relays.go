package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"latchkey/mailer"
)

// relays are the sections of the relays in their order: the first is smtp itself.
func (s smtpSection) relays() []relaySection {
	return append([]relaySection{{URL: s.URL, TLS: s.TLS, CAFile: s.CAFile, Auth: s.Auth}}, s.Fallbacks...)
}

// relayPath is the path of the section of that relay.
func relayPath(i int) string {
	if i == 0 {
		return "smtp"
	}
	return fmt.Sprintf("smtp.fallbacks[%d]", i-1)
}

func (d *document) relays(s smtpSection) (relays []mailer.Relay) {
	for i, section := range s.relays() {
		relays = append(relays, d.relay(relayPath(i), section))
	}
	return relays
}

func (d *document) relay(at string, s relaySection) mailer.Relay {
	d.require(at+".url", s.URL, "name the server that takes the mail, as in smtp://localhost:1025")
	relay := mailer.ParseRelay(s.URL, s.TLS, s.Auth, d.under(at))
	if strings.Contains(relay.Program, " -") {
		d.complain(at+".url", "takes no arguments behind the program: Latchkey gives it its own (-i -f SENDER -- RECIPIENT)")
	}
	if s.CAFile == "" {
		return relay
	}
	if relay.TLS == mailer.TLSNone || relay.Program != "" {
		d.complain(at+".ca_file", "certifies nothing: this relay is not spoken to in TLS")
	}
	relay.Roots = d.roots(at+".ca_file", s.CAFile)
	return relay
}

// roots are the certificates that a private authority signs with.
func (d *document) roots(at, path string) *x509.CertPool {
	text, ok := d.fileAt(at, path)
	roots := x509.NewCertPool()
	if ok && !roots.AppendCertsFromPEM(text) {
		d.complain(at, "holds no certificate in PEM")
	}
	return roots
}

// fileAt reads what the key at points to.
func (d *document) fileAt(at, path string) (text []byte, ok bool) {
	text, err := d.readFile(d.beside(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.complain(at, "there is no such file")
	case errors.Is(err, fs.ErrPermission):
		d.complain(at, "the file may not be read by this user")
	case err != nil:
		d.complain(at, "the file cannot be read")
	}
	return text, err == nil
}

// warnOfRelays: mail in the clear is links in the clear, and a fallback on a server that
// is down is none.
func (d *document) warnOfRelays(relays []mailer.Relay) {
	for i, r := range relays {
		same := func(other mailer.Relay) bool { return other.Address() == r.Address() }
		if first := slices.IndexFunc(relays, same); first < i {
			d.warn(relayPath(i)+".url", "is the server of "+relayPath(first)+".url again, and fails with it: name another, or leave it away")
		}
		if r.TLS == mailer.TLSNone && !r.Loopback() {
			d.warn(relayPath(i)+".tls", "links and codes go over the network in the clear: whoever listens there can read them")
		}
	}
}
