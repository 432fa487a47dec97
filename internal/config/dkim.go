package config

import (
	"strings"

	"latchkey/mailer"
)

// dkim reads one section; nil for an empty one. Where it names no domain, the
// address's signs.
func (d *document) dkim(at string, s dkimSection, address string) *mailer.DKIM {
	if s == (dkimSection{}) {
		return nil
	}
	d.require(at+".selector", s.Selector, "name the label under which the public key lies in DNS, as in latchkey1")
	if !d.require(at+".key_file", s.KeyFile, "name the file that holds the private key") {
		return nil
	}
	key, ok := d.fileAt(at+".key_file", s.KeyFile)
	if !ok {
		return nil
	}
	domain := s.Domain
	if domain == "" {
		domain = address[strings.LastIndexByte(address, '@')+1:]
	}
	return mailer.NewDKIM(domain, s.Selector, key, d.under(at))
}

// usualDKIM is the installation's signature. One that does not count for its own address
// would leave all mail unsigned.
func (d *document) usualDKIM(s senderSection) *mailer.DKIM {
	key := d.dkim("sender.dkim", s.DKIM, s.Address)
	if key != nil && s.Address != "" && !key.Covers(s.Address) {
		d.complain("sender.dkim.domain", "is neither the domain of sender.address nor one above it: receivers count no other signature (DMARC)")
	}
	return key
}

// projectDKIM is the project's own signature, or the installation's where that one
// counts for the project's address.
func (d *document) projectDKIM(at string, own dkimSection, address string, usual *mailer.DKIM) *mailer.DKIM {
	switch {
	case own != (dkimSection{}):
		return d.dkim(at+".dkim", own, address)
	case usual == nil || usual.Covers(address):
		return usual
	}
	d.warn(at, "mail from this address is not signed, since sender.dkim is for another domain: give the project a dkim of its own")
	return nil
}

// warnOfKeyModes: whoever reads the key can sign mail in the domain's name.
func (d *document) warnOfKeyModes(f file) {
	d.warnOfKeyMode("sender.dkim.key_file", f.Sender.DKIM.KeyFile)
	for i, p := range f.Projects {
		d.warnOfKeyMode(index(i)+".sender.dkim.key_file", p.Sender.DKIM.KeyFile)
	}
}

func (d *document) warnOfKeyMode(at, path string) {
	if path != "" && othersMayRead(d.beside(path)) {
		d.warn(at, "others may read the key file, and sign mail in this domain's name: chmod 600 it")
	}
}
