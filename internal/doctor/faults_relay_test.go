package doctor

import (
	"strings"
	"testing"
	"time"
)

const (
	mailFrom = "smtp.mail_from.login@example.com"
	rcptTo   = "smtp.rcpt_to.login@example.com"
)

var afterConnect = []string{"smtp.greeting", "smtp.tls", "smtp.certificate", "smtp.login", "smtp.mail_from", "smtp.rcpt_to"}

func TestFaultsOfTheRelay(t *testing.T) {
	t.Parallel()
	testFaults(t, map[string]fault{
		"no such host": {
			plant: func(in *installation) { in.replace("@localhost", "@relay.gone.example") },
			id:    "smtp.name", status: Fault, says: []string{"relay.gone.example", "smtp.url"},
			gone: append([]string{"smtp.connect"}, afterConnect...),
		},
		"a host that the DNS does not answer for": {
			plant: func(in *installation) {
				in.replace("@localhost", "@relay.example.net")
				in.names.fail("relay.example.net.")
			},
			id: "smtp.name", status: Fault, says: []string{"did not answer for relay.example.net", "/etc/resolv.conf"},
			gone: append([]string{"smtp.connect"}, afterConnect...),
		},
		"nothing at the port": {
			plant: func(in *installation) { in.relayAt(closedPort) },
			id:    "smtp.connect", status: Fault, says: []string{"connection refused", "smtp.url", "firewall"},
			gone: afterConnect,
		},
		"no greeting": {
			plant: func(in *installation) { in.relayAt(answering(in.t, "")) },
			id:    "smtp.greeting", status: Fault, says: []string{"greets nobody", "smtp.tls: implicit"},
			gone: afterConnect[1:],
		},
		"another protocol": {
			plant: func(in *installation) { in.relayAt(answering(in.t, "HTTP/1.1 400 Bad Request\r\n\r\n")) },
			id:    "smtp.greeting", status: Fault, says: []string{"no SMTP server", "smtp.url"},
			gone: afterConnect[1:],
		},
		"closed for us": {
			plant: func(in *installation) { in.relayAt(answering(in.t, "554 5.7.1 \x1b[31mgo away\r\n")) },
			id:    "smtp.greeting", status: Fault, says: []string{"(554 5.7.1 [31mgo away)", "admit this machine's address", "smtp.helo_name"},
			gone: afterConnect[1:],
		},
		"too many connections": {
			plant: func(in *installation) { in.relayAt(answering(in.t, "421 4.7.0 too many\r\n")) },
			id:    "smtp.greeting", status: Fault, says: []string{"421 4.7.0", "smtp.senders"},
			gone: afterConnect[1:],
		},
		"no STARTTLS": {
			plant: func(in *installation) { in.relay.smtp.TLSConfig = nil },
			id:    "smtp.tls", status: Fault, says: []string{"does not offer STARTTLS", "smtp.tls: implicit", "smtp.tls: none"},
			gone: afterConnect[2:],
		},
		"plain text where TLS was expected": {
			plant: func(in *installation) { in.replace("tls: starttls", "tls: implicit") },
			id:    "smtp.tls", status: Fault, says: []string{"plain text", "smtp.tls: starttls", "465"},
			gone: append([]string{"smtp.greeting"}, afterConnect[2:]...),
		},
		"a certificate for another name": {
			plant: func(in *installation) {
				in.relay.smtp.TLSConfig = in.authority.certify(in.t, "mail.example.net", time.Now().AddDate(0, 3, 0))
			},
			id: "smtp.certificate", status: Fault, says: []string{"not for localhost but for mail.example.net", "smtp.url"},
			gone: afterConnect[3:],
		},
		"a certificate that has expired": {
			plant: func(in *installation) {
				in.relay.smtp.TLSConfig = in.authority.certify(in.t, "localhost", time.Now().Add(-time.Hour))
			},
			id: "smtp.certificate", status: Fault, says: []string{"good from", "renew"},
			gone: afterConnect[3:],
		},
		"a certificate that soon expires": {
			plant: func(in *installation) {
				in.relay.smtp.TLSConfig = in.authority.certify(in.t, "localhost", time.Now().AddDate(0, 0, 13))
			},
			id: "smtp.certificate", status: Warning, says: []string{"in 12 days", "renew"},
		},
		"an authority that nobody knows": {
			plant: func(in *installation) { in.replace("  ca_file: ca.pem\n", "") },
			id:    "smtp.certificate", status: Fault, says: []string{"authority", "smtp.ca_file"},
			gone: afterConnect[3:],
		},
		"no AUTH": {
			plant: func(in *installation) { in.relay.mechanisms = nil },
			id:    "smtp.login", status: Fault, says: []string{"does not offer the login", "smtp.auth"},
			gone: afterConnect[4:],
		},
		"a wrong password, which the relay repeats": {
			plant: func(in *installation) {
				in.relay.login = refusal(535, "5.7.8", "no user with "+relayPassword)
			},
			id: "smtp.login", status: Fault, says: []string{"535 5.7.8", "user name or the password", "smtp.url"},
			gone: afterConnect[4:],
		},
		"a password that must be another": {
			plant: func(in *installation) { in.relay.login = refusal(534, "5.7.9", "app password required") },
			id:    "smtp.login", status: Fault, says: []string{"534 5.7.9", "made for apps"},
			gone: afterConnect[4:],
		},
		"a way to log in that is refused": {
			plant: func(in *installation) { in.relay.login = refusal(504, "5.5.4", "not that way") },
			id:    "smtp.login", status: Fault, says: []string{"504 5.5.4", "smtp.auth: plain, login or scram"},
			gone: afterConnect[4:],
		},
		"a login that nobody can look up": {
			plant: func(in *installation) { in.relay.login = refusal(454, "4.7.0", "try later") },
			id:    "smtp.login", status: Fault, says: []string{"454 4.7.0", "try again"},
			gone: afterConnect[4:],
		},
		"a login that is wanted and not configured": {
			plant: func(in *installation) { in.replace(relayUser+":"+relayPassword+"@", "") },
			id:    mailFrom, status: Fault, says: []string{"530 5.7.0", "none is configured", "USER:PASSWORD@", "smtp.url"},
			gone: []string{"smtp.login", rcptTo},
		},
		"a sender that is refused": {
			plant: func(in *installation) { in.relay.mail = always(refusal(550, "5.7.1", "not your address")) },
			id:    mailFrom, status: Fault, says: []string{"550 5.7.1 not your address", "sender.address"},
			gone: []string{rcptTo},
		},
		"a sender that is put off": {
			plant: func(in *installation) { in.relay.mail = always(refusal(451, "4.3.0", "later")) },
			id:    mailFrom, status: Warning, says: []string{"451 4.3.0", "try again"},
			gone: []string{rcptTo},
		},
		"a relay that hangs up on us": {
			plant: func(in *installation) { in.relay.hangUp = true },
			id:    mailFrom, status: Fault, says: []string{"broke off at MAIL FROM: the connection was closed"},
			gone: []string{rcptTo},
		},
		"relaying denied": {
			plant: func(in *installation) { in.relay.rcpt = always(refusal(554, "5.7.1", "relay access denied")) },
			id:    rcptTo, status: Fault, says: []string{"554 5.7.1 relay access denied", "mynetworks", "smtp.url"},
		},
		"a sender that is refused late": {
			plant: func(in *installation) { in.relay.rcpt = always(refusal(550, "5.1.8", "no such domain")) },
			id:    rcptTo, status: Fault, says: []string{"550 5.1.8", "refuses the sender", "sender.address"},
		},
		"a mailbox that is not there": {
			plant: func(in *installation) { in.relay.rcpt = always(refusal(550, "5.1.1", "unknown")) },
			id:    rcptTo, status: Warning, says: []string{"550 5.1.1", "--to"},
		},
		"greylisting": {
			plant: func(in *installation) { in.relay.rcpt = always(refusal(451, "4.7.1", "come back later")) },
			id:    rcptTo, status: Warning, says: []string{"451 4.7.1", "greylisting"},
		},
		"no sendmail program": {
			plant: func(in *installation) {
				before, rest, _ := strings.Cut(in.settings, "smtp:\n")
				_, after, _ := strings.Cut(rest, "sender:")
				in.settings = before + "smtp: {url: sendmail:/no/where}\nsender:" + after
			},
			id: "smtp.program", status: Fault, says: []string{"/no/where", "smtp.url"},
			gone: append([]string{"smtp.name", "smtp.connect"}, afterConnect...),
		},
	})
}
