package main

import (
	"errors"
	"net"
	"net/netip"
	"strconv"

	"latchkey/magiclink"
)

// Where it listens unless told otherwise: the ports of MailHog and Mailpit.
const (
	devListen = "127.0.0.1:8080"
	devSMTP   = "127.0.0.1:1025"
	devInbox  = "127.0.0.1:8025"
)

type devOptions struct {
	listen, smtp, inbox string
	data                string
	pkce                string
	mailboxLimit        mailboxLimit
	redirects           []magiclink.RedirectEntry
	allowRemote         bool
}

func (o devOptions) check() error {
	if o.pkce != "required" && o.pkce != "optional" {
		return misused("--pkce is required or optional, not %q", o.pkce)
	}
	for _, flag := range []struct{ name, address, example string }{
		{"listen", o.listen, devListen}, {"smtp", o.smtp, devSMTP}, {"inbox", o.inbox, devInbox},
	} {
		host, _, err := net.SplitHostPort(flag.address)
		if err != nil {
			return misused("--%s wants host:port, as in %s", flag.name, flag.example)
		}
		if !o.allowRemote && !isLoopback(host) {
			return misused("--%s %s can be reached from other machines, and everybody knows the development secret: use a loopback address, or add --allow-remote", flag.name, flag.address)
		}
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// mailboxLimit is the one limit of development, as a flag: so many mails an hour.
type mailboxLimit magiclink.MailboxLimit

func (l *mailboxLimit) String() string {
	if l.PerHour == 0 {
		return "off"
	}
	return strconv.Itoa(l.PerHour)
}

func (l *mailboxLimit) Type() string { return "int" }

func (l *mailboxLimit) Set(text string) error {
	if text == "off" {
		l.PerHour = 0
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("want a number of mails an hour, or off")
	}
	l.PerHour = n
	return nil
}

func (o *devOptions) addRedirect(written string) error {
	entry, err := magiclink.ParseRedirectEntry(written, nil)
	if err == nil {
		o.redirects = append(o.redirects, entry)
	}
	return err
}
