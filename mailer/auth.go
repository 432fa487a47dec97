package mailer

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

var errAuthNotOffered = errors.New("mailer: the relay offers no AUTH of ours")

// login logs in with the best mechanism that the relay offers and the configuration
// allows. It never falls back to one that the configuration does not name.
func (r Relay) login(session *smtp.Client) error {
	if r.Username == "" {
		return nil
	}
	_, offered := session.Extension("AUTH")
	for _, mechanism := range r.mechanisms(session) {
		if slices.ContainsFunc(strings.Fields(offered), mechanism.is) {
			return session.Auth(mechanism.auth)
		}
	}
	return errAuthNotOffered
}

type mechanism struct {
	name string
	auth smtp.Auth
}

func (m mechanism) is(offered string) bool { return strings.EqualFold(m.name, offered) }

// mechanisms come in the order of our liking: with SCRAM the relay does not get to see
// the password, and with -PLUS nobody in between can pass the login on (RFC 5802).
func (r Relay) mechanisms(session *smtp.Client) []mechanism {
	state, secured := session.TLSConnectionState()
	switch r.Auth {
	case AuthPlain:
		return r.open()[:1]
	case AuthLogin:
		return r.open()[1:]
	case AuthXOAuth2:
		return []mechanism{{"XOAUTH2", smtp.XOAuth2Auth(r.Username, r.password)}}
	case AuthSCRAM:
		return r.scram(&state, secured)
	}
	return append(r.scram(&state, secured), r.open()...)
}

// open are the mechanisms that show the password. ParseRelay has seen to it that the
// connection is secured or does not leave this machine.
func (r Relay) open() []mechanism {
	return []mechanism{
		{"PLAIN", smtp.PlainAuth("", r.Username, r.password, r.Host, r.Loopback())},
		{"LOGIN", smtp.LoginAuth(r.Username, r.password, r.Host, r.Loopback())},
	}
}

func (r Relay) scram(state *tls.ConnectionState, secured bool) []mechanism {
	plain := []mechanism{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(r.Username, r.password)},
		{"SCRAM-SHA-1", smtp.ScramSHA1Auth(r.Username, r.password)},
	}
	if !secured {
		return plain
	}
	return append([]mechanism{
		{"SCRAM-SHA-256-PLUS", smtp.ScramSHA256PlusAuth(r.Username, r.password, state)},
		{"SCRAM-SHA-1-PLUS", smtp.ScramSHA1PlusAuth(r.Username, r.password, state)},
	}, plain...)
}
