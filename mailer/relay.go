package mailer

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
)

// TLSMode is how a connection to a relay is protected.
type TLSMode string

const (
	TLSNone     TLSMode = "none"
	TLSStartTLS TLSMode = "starttls" // the relay must offer it
	TLSImplicit TLSMode = "implicit" // RFC 8314 §3.3
)

// AuthMethod is how we log in to a relay. The empty one is the best that the relay
// offers.
type AuthMethod string

const (
	AuthPlain   AuthMethod = "plain"
	AuthLogin   AuthMethod = "login"
	AuthSCRAM   AuthMethod = "scram"
	AuthXOAuth2 AuthMethod = "xoauth2" // the password is a bearer token
)

// Relay is where mail is handed over: an SMTP server, or a sendmail program of this
// machine. It holds the password and never shows it, whichever way it is printed.
type Relay struct {
	Host     string
	Port     int
	TLS      TLSMode
	Roots    *x509.CertPool // nil: the system's
	Auth     AuthMethod
	Username string // "" for no login
	Program  string // absolute path of a sendmail; then all else is empty

	password string
}

// Address is the server's HOST:PORT, or the program's path.
func (r Relay) Address() string {
	return cmp.Or(r.Program, net.JoinHostPort(r.Host, strconv.Itoa(r.Port)))
}

// String is for people: what kind of relay it is and where, without credentials.
func (r Relay) String() string {
	if r.Program != "" {
		return sendmailScheme + r.Program
	}
	return r.Address() + " (TLS: " + string(r.TLS) + ")"
}

// Format prints the same for every verb: %+v, %#v and %d would show the password.
func (r Relay) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }

// LogValue is what a log shows.
func (r Relay) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Loopback tells whether the server is on this machine, so that nobody can listen in
// between.
func (r Relay) Loopback() bool {
	ip, err := netip.ParseAddr(r.Host)
	return r.Host == "localhost" || err == nil && ip.IsLoopback()
}

// defaultPort: submission (RFC 6409), submission over TLS (RFC 8314 §3.3), plain SMTP.
func (r Relay) defaultPort() int {
	return map[TLSMode]int{TLSStartTLS: 587, TLSImplicit: 465, TLSNone: 25}[r.TLS]
}
