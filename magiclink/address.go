package magiclink

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"latchkey/internal/problem"
	"latchkey/models"
)

// The limits of RFC 5321 §4.5.3.1, in octets. 254 is what is left of a path's 256
// between its angle brackets.
const (
	maxLocalPart = 64
	maxAddress   = 254
)

// Address is one mailbox that mail may be sent to.
type Address struct {
	local  string // as written
	domain string // lower-case A-labels
}

// ParseAddress takes exactly one mailbox: a dot-atom (RFC 5322 §3.2.3) before the
// @, a domain name after it. It is stricter than RFC 5322 on purpose: quotes,
// comments, display names and lists are how one field ends up naming two people.
func ParseAddress(s string) (Address, error) {
	local, domain, found := strings.Cut(s, "@")
	if !found || !isDotAtom(local) || len(local) > maxLocalPart {
		return Address{}, problem.InvalidEmail
	}
	domain, err := asciiDomain(domain)
	if err != nil || len(local)+1+len(domain) > maxAddress {
		return Address{}, problem.InvalidEmail
	}
	return Address{local: local, domain: domain}, nil
}

// ParseAddress is ParseAddress for a project, which may take addresses of certain
// domains only.
func (p *Project) ParseAddress(s string) (Address, error) {
	address, err := ParseAddress(s)
	if err == nil && len(p.Domains) > 0 && !slices.Contains(p.Domains, address.domain) {
		return Address{}, problem.EmailDomainNotAllowed
	}
	return address, err
}

// String is the address as mail is sent to it.
func (a Address) String() string { return a.local + "@" + a.domain }

// Identity is the key by which two spellings are one mailbox. Only ASCII letters
// are folded: strings.ToLower would turn the Kelvin sign into a k, and with it one
// person into another.
func (a Address) Identity() string { return asciiLower(a.local) + "@" + a.domain }

// Mailbox is the key by which mails to one mailbox are counted: Identity without plus
// tag and dots, which many providers pass over. Two people may share it, which costs
// them nothing but the limit.
func (a Address) Mailbox() string {
	local, _, _ := strings.Cut(asciiLower(a.local), "+")
	return strings.ReplaceAll(local, ".", "") + "@" + a.domain
}

func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if !isAtext(atom[i]) {
				return false
			}
		}
	}
	return true
}

// isAtext is RFC 5322's atext: ASCII only.
func isAtext(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// lookup is UTS 46 for looking a name up: non-transitional, with bidi, joiner and
// hyphen rules, letters, digits and hyphens only.
var lookup = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.CheckJoiners(true),
	idna.CheckHyphens(true),
	idna.StrictDomainName(true),
	idna.VerifyDNSLength(true),
)

// ParseDomain takes a domain as the part after an address's @ and brings it into
// lower-case A-labels.
func ParseDomain(s string) (string, error) { return asciiDomain(s) }

// asciiDomain brings a domain into lower-case A-labels, or refuses it.
func asciiDomain(domain string) (string, error) {
	if strings.HasSuffix(domain, ".") || !strings.Contains(domain, ".") && domain != "localhost" {
		return "", problem.InvalidEmail
	}
	if !utf8.ValidString(domain) || strings.ContainsFunc(domain, invisible) || strings.ContainsFunc(domain, vanishes) {
		return "", problem.InvalidEmail
	}
	ascii, err := lookup.ToASCII(domain)
	if err != nil || endsInNumber(ascii) {
		return "", problem.InvalidEmail
	}
	// What is taken must be taken again as it is stored. The mathematical alef becomes
	// a Hebrew one, and idna asks the bidi rule only of what was written.
	if again, err := lookup.ToASCII(ascii); err != nil || again != ascii {
		return "", problem.InvalidEmail
	}
	return ascii, nil
}

// invisible finds what a reader cannot see: controls, zero-width and bidi
// characters (Cf), and every kind of space.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) || r == utf8.RuneError
}

// vanishes finds a character outside ASCII that UTS 46 drops (soft hyphen, variation
// selectors) or turns into ASCII (full-width letters, the Kelvin sign, the
// ideographic full stop): the name would be the twin of one that is written plainly.
func vanishes(r rune) bool {
	if r <= unicode.MaxASCII {
		return false
	}
	ascii, _ := lookup.ToASCII(string(r))
	return !strings.HasPrefix(ascii, "xn--")
}

// endsInNumber: a name whose last label is a number, 0x7f included, is an IPv4
// address in some resolver's eyes (WHATWG URL, "ends in a number"). No top-level
// domain begins with a digit.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != "" && '0' <= last[0] && last[0] <= '9'
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// IdentityOf is the key of an address's mailbox, also while the address is only
// attached and its row has a placeholder.
func IdentityOf(email models.Email) string {
	if !email.Attached() {
		return email.Identity
	}
	address, err := ParseAddress(email.Address)
	if err != nil {
		return email.Identity // cannot be: it was parsed when it was attached
	}
	return address.Identity()
}
