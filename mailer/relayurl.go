package mailer

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// security is how a connection to the relay is protected.
type security int

const (
	startTLS    security = iota // the relay must offer it
	implicitTLS                 // RFC 8314 §3.3
	plaintext                   // on loopback only
)

// relayURL is where mail is handed over. It never goes into a log or an error:
// address is what may be shown.
type relayURL struct {
	host               string
	port               int
	security           security
	username, password string
}

// parseRelayURL reads the URL. Its errors are sentences of ours: those of url.Parse
// quote the URL, with the password in it.
func parseRelayURL(s string) (relayURL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return relayURL{}, errors.New("want smtp://HOST:PORT or smtps://HOST:PORT, with USER:PASSWORD@ before HOST where the relay asks for it; special characters in the password must be percent-encoded")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return relayURL{}, errors.New("nothing may follow the host and port")
	}
	r := relayURL{host: u.Hostname()}
	if err := r.protect(u.Scheme); err != nil {
		return relayURL{}, err
	}
	if err := r.setPort(u.Port()); err != nil {
		return relayURL{}, err
	}
	r.username = u.User.Username()
	r.password, _ = u.User.Password()
	if (r.username == "") != (r.password == "") {
		return relayURL{}, errors.New("a user name and a password go together")
	}
	return r, nil
}

// protect: on loopback nobody can listen, and what answers there has no certificate
// or one that does not verify: MailHog, Mailpit, a local Postfix.
func (r *relayURL) protect(scheme string) error {
	switch {
	case scheme == "smtps":
		r.security = implicitTLS
	case scheme == "smtp" && isLoopback(r.host):
		r.security = plaintext
	case scheme == "smtp":
		r.security = startTLS
	default:
		return errors.New("must begin with smtp:// or smtps://")
	}
	return nil
}

func (r *relayURL) setPort(port string) error {
	if port == "" {
		// Submission (RFC 6409), submission over TLS (RFC 8314), plain SMTP.
		r.port = map[security]int{startTLS: 587, implicitTLS: 465, plaintext: 25}[r.security]
		return nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return errors.New("the port must be a number from 1 to 65535")
	}
	r.port = int(number)
	return nil
}

// address is the relay's name without its credentials.
func (r relayURL) address() string { return net.JoinHostPort(r.host, strconv.Itoa(r.port)) }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
