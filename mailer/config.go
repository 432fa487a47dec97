package mailer

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"latchkey/templates"
)

const (
	defaultSenders = 4
	maxSenders     = 64

	// 10 000 mails over four senders then need eight connections. Many relays never
	// count; the others say 421, which costs a reconnect and nothing else. One
	// counts in silence: Exim puts off what comes after the tenth message of a
	// connection until its next queue run (smtp_accept_queue_per_connection).
	defaultMessagesPerConnection = 2000

	// A server should wait five minutes for a command (RFC 5321 §4.5.3.2.7), but
	// mail services count open connections, and many drop them sooner.
	defaultIdleClose = 30 * time.Second

	maxNameLength = 64 // in characters; longer ones make a subject nobody can read
)

// Config says through whom mail goes out and in whose name. In the number fields,
// zero means the default.
type Config struct {
	// Relays take the mail, at least one, in this order: each stands in for those
	// before it while they take none.
	Relays []Relay
	// HeloName is how we introduce ourselves (RFC 5321 §4.1.1.1). Empty means the
	// host of PublicURL.
	HeloName string
	// Senders is how many connections may be open to each relay at once.
	Senders int
	// MessagesPerConnection is after how many mails a connection is made anew.
	MessagesPerConnection int
	// IdleClose is how long a connection is kept with nothing to send.
	IdleClose time.Duration
	// PublicURL is the origin that links are built from.
	PublicURL string
	// Projects holds each project's sender by the project's id.
	Projects map[string]Project
}

// Project is in whose name a project's mails go out.
type Project struct {
	Name            string           // in subject and text
	FromName        string           // beside the address; empty means Name
	FromAddress     string           // header sender
	EnvelopeAddress string           // where bounces go (MAIL FROM); empty means FromAddress
	ReplyTo         string           // where answers go; empty means FromAddress
	DKIM            *DKIM            // nil for no signature
	Code            bool             // show the code beside the link
	Locale          string           // of mails that name none; "" means English
	Accent          templates.Accent // of buttons and links; zero means our own
}

// EnvelopeSender is where the project's bounces go (MAIL FROM).
func (p Project) EnvelopeSender() string { return cmp.Or(p.EnvelopeAddress, p.FromAddress) }

// Validate reports what is wrong with the configuration, by field.
func (c Config) Validate(complain func(field, message string)) {
	if len(c.Relays) == 0 {
		complain("relays", "want at least one")
	}
	if c.HeloName != "" && !isHeloName(c.HeloName) {
		complain("helo_name", "want a host name such as mail.example.com, or an address literal such as [192.0.2.1]")
	}
	if c.Senders < 0 || c.Senders > maxSenders {
		complain("senders", fmt.Sprintf("want 1 to %d", maxSenders))
	}
	if c.MessagesPerConnection < 0 {
		complain("messages_per_connection", "want 1 or more")
	}
	if c.IdleClose < 0 {
		complain("idle_close", "want a duration such as 30s")
	}
	if !isOrigin(c.PublicURL) {
		complain("public_url", "want an origin such as https://login.example.com, without a path")
	}
	for _, id := range slices.Sorted(maps.Keys(c.Projects)) {
		c.Projects[id].validate(func(field, message string) { complain("projects."+id+"."+field, message) })
	}
}

func (p Project) validate(complain func(field, message string)) {
	if p.Name == "" {
		complain("name", "is missing: mails say by it who asks")
	}
	for field, name := range map[string]string{"name": p.Name, "from_name": p.FromName} {
		if message := nameFault(name); message != "" {
			complain(field, message)
		}
	}
	for field, address := range map[string]string{"envelope_address": p.EnvelopeAddress, "reply_to": p.ReplyTo} {
		if address != "" && !isMailbox(address) {
			complain(field, "want one address such as login@example.com")
		}
	}
	if !isMailbox(p.FromAddress) {
		complain("from_address", "want one address such as login@example.com")
	}
	if p.DKIM != nil && !p.DKIM.Covers(p.FromAddress) {
		complain("dkim", "the domain must be that of the sender's address or one above it: receivers count no other signature (DMARC)")
	}
}

// nameFault keeps names out of which a second header or a text that reads backwards
// could be made.
func nameFault(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
	}):
		return "has an invisible or control character in it"
	case utf8.RuneCountInString(name) > maxNameLength:
		return fmt.Sprintf("is longer than %d characters", maxNameLength)
	}
	return ""
}

// isMailbox takes a bare ASCII address. What net/mail accepts besides (names,
// comments, quotes) has no place in an envelope.
func isMailbox(address string) bool {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address || strings.ContainsAny(address, "\"<>() ,;:") {
		return false
	}
	return isDomain(domainOf(address)) && isASCII(address)
}

// isDomain takes a name as DNS has it.
func isDomain(name string) bool {
	ascii, err := idna.Lookup.ToASCII(name)
	return err == nil && name != "" && strings.EqualFold(ascii, name)
}

func isHeloName(name string) bool {
	literal, ok := strings.CutPrefix(name, "[")
	if !ok {
		return isDomain(name)
	}
	ip, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "IPv6:"))
	return err == nil && heloLiteral(ip) == name
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" &&
		u.Scheme+"://"+u.Host == s
}

// heloName: the service's public name, which go-mail's default, the machine's, often
// is not.
func (c Config) heloName() string {
	u, err := url.Parse(c.PublicURL)
	switch {
	case c.HeloName != "":
		return c.HeloName
	case err != nil || u.Hostname() == "":
		return "localhost"
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return heloLiteral(ip)
	}
	return u.Hostname()
}

// heloLiteral is what stands in for a name (RFC 5321 §4.1.3).
func heloLiteral(ip netip.Addr) string {
	if ip.Is4() {
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}

func (c Config) senders() int { return cmp.Or(c.Senders, defaultSenders) }
func (c Config) clerks() int  { return clerksPerSender * c.senders() }
func (c Config) messagesPerConnection() int {
	return cmp.Or(c.MessagesPerConnection, defaultMessagesPerConnection)
}
func (c Config) idleClose() time.Duration { return cmp.Or(c.IdleClose, defaultIdleClose) }
