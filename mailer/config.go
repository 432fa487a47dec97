package mailer

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
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
	// URL is smtp://[USER:PASSWORD@]HOST[:PORT] (port 587, or 25 on loopback), with
	// STARTTLS required except on loopback, or smtps:// (port 465), TLS from the
	// first byte.
	URL string
	// Senders is how many connections may be open to the relay at once.
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
	Name        string // in subject and text
	FromName    string // beside the address; empty means Name
	FromAddress string // header and envelope sender: bounces go there
	Code        bool   // show the code beside the link
	Locale      string // of mails that name none; "" means English
}

// Validate reports what is wrong with the configuration, by field. No message
// quotes the URL: it holds the relay's password.
func (c Config) Validate(complain func(field, message string)) {
	if _, err := parseRelayURL(c.URL); err != nil {
		complain("url", err.Error())
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
	if !isMailbox(p.FromAddress) {
		complain("from_address", "want one address such as login@example.com")
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
	_, domain, _ := strings.Cut(address, "@")
	ascii, err := idna.Lookup.ToASCII(domain)
	return err == nil && strings.EqualFold(ascii, domain) && isASCII(address)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" &&
		u.Scheme+"://"+u.Host == s
}

func (c Config) senders() int { return cmp.Or(c.Senders, defaultSenders) }
func (c Config) messagesPerConnection() int {
	return cmp.Or(c.MessagesPerConnection, defaultMessagesPerConnection)
}
func (c Config) idleClose() time.Duration { return cmp.Or(c.IdleClose, defaultIdleClose) }
