package mailer

import (
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const sendmailScheme = "sendmail:"

// ParseRelay reads a relay as the configuration writes it: a URL, which is
// smtp://[USER:PASSWORD@]HOST[:PORT], smtps://… or sendmail:/PATH, a TLSMode and an
// AuthMethod; the latter may be empty. complain is told what is wrong with the fields
// url, tls and auth, in sentences of ours: those of url.Parse quote the URL, with the
// password in it.
func ParseRelay(rawURL, tls, auth string, complain func(field, message string)) Relay {
	if program, ok := strings.CutPrefix(rawURL, sendmailScheme); ok {
		return parseProgram(program, tls, auth, complain)
	}
	u, err := parseRelayURL(rawURL)
	if err != nil {
		complain("url", err.Error())
		return Relay{}
	}
	r := Relay{Host: u.Hostname(), Auth: AuthMethod(auth), Username: u.User.Username()}
	r.password, _ = u.User.Password()
	if r.TLS, err = r.protection(u.Scheme, TLSMode(tls)); err != nil {
		complain("tls", err.Error())
	}
	if r.Port, err = r.port(u.Port()); err != nil {
		complain("url", err.Error())
	}
	if message := r.authFault(); message != "" {
		complain("auth", message)
	}
	return r
}

func parseRelayURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, errors.New("want smtp://HOST:PORT or smtps://HOST:PORT, with USER:PASSWORD@ before HOST where the relay asks for it, or sendmail:/PATH; special characters in the password must be percent-encoded")
	}
	password, _ := u.User.Password()
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return nil, errors.New("must begin with smtp://, smtps:// or sendmail:/")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("nothing may follow the host and port")
	case (u.User.Username() == "") != (password == ""):
		return nil, errors.New("a user name and a password go together")
	}
	return u, nil
}

// protection: on loopback nobody can listen, and what answers there has no
// certificate or one that does not verify: MailHog, Mailpit, a local Postfix.
func (r Relay) protection(scheme string, asked TLSMode) (TLSMode, error) {
	switch {
	case !slices.Contains([]TLSMode{"", TLSNone, TLSStartTLS, TLSImplicit}, asked):
		return "", errors.New("want none, starttls or implicit, or nothing for what the URL says")
	case scheme == "smtps" && asked != "" && asked != TLSImplicit:
		return "", errors.New("contradicts smtps://, which is TLS from the first byte: write smtp://, or leave this empty")
	case scheme == "smtps":
		return TLSImplicit, nil
	case asked == TLSNone && r.Username != "" && !r.Loopback():
		return "", errors.New("is none, and the URL has a password, which would go over the network in the clear: take starttls or implicit")
	case asked != "":
		return asked, nil
	case r.Loopback():
		return TLSNone, nil
	}
	return TLSStartTLS, nil
}

func (r Relay) port(written string) (int, error) {
	if written == "" {
		return r.defaultPort(), nil
	}
	number, err := strconv.ParseUint(written, 10, 16)
	if err != nil || number == 0 {
		return 0, errors.New("the port must be a number from 1 to 65535")
	}
	return int(number), nil
}

func (r Relay) authFault() string {
	switch {
	case !slices.Contains([]AuthMethod{"", AuthPlain, AuthLogin, AuthSCRAM, AuthXOAuth2}, r.Auth):
		return "want plain, login, scram or xoauth2, or nothing for the best that the relay offers"
	case r.Auth != "" && r.Username == "":
		return "says how to log in, and the URL has no user name and password to do it with"
	}
	return ""
}

func parseProgram(path, tls, auth string, complain func(field, message string)) Relay {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path {
		complain("url", "want sendmail: and the program's absolute path, as in sendmail:/usr/sbin/sendmail")
	}
	for field, value := range map[string]string{"tls": tls, "auth": auth} {
		if value != "" {
			complain(field, "is of SMTP, and a sendmail program is not spoken to in SMTP: leave it empty")
		}
	}
	return Relay{Program: path}
}
