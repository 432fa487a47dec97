package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"latchkey/mailer"
)

// said is what is wrong, and the relay's own answer behind it.
func said(what string, f *mailer.Failure) string {
	switch {
	case f.Code == 0:
		return what
	case f.Text == "":
		return what + " (" + f.Reply() + ")"
	}
	return what + " (" + f.Reply() + " " + printable(f.Text) + ")"
}

// dialAdvice says why no session came to be, and what to change. section is the part
// of config.yaml that names the relay.
func dialAdvice(section string, relay mailer.Relay, f *mailer.Failure) (what, advice string) {
	switch f.Stage {
	case mailer.StageGreeting:
		return greetingAdvice(section, f)
	case mailer.StageTLS:
		return tlsAdvice(section, f)
	case mailer.StageCertificate:
		return certificateAdvice(section, relay, f)
	case mailer.StageLogin:
		return loginAdvice(section, f)
	}
	return "nothing takes connections at " + relay.Address() + ": " + cause(f.Cause),
		"correct the host and port in " + section + ".url, or open the way to it in the firewall; many hosters block port 25, few 587 and 465"
}

func greetingAdvice(section string, f *mailer.Failure) (what, advice string) {
	var gibberish textproto.ProtocolError
	switch {
	case f.Silent:
		return "the port is open and greets nobody",
			"if the port is 465, which is TLS from the first byte, set " + section + ".tls: implicit; else correct the port in " + section + ".url"
	case f.Code/100 == 4:
		return said("the relay takes nobody now", f), "try again later; if it stays so, lower smtp.senders: some relays count connections"
	case f.Code != 0:
		return said("the relay does not talk to this machine", f),
			"ask its operator to admit this machine's address, or set smtp.helo_name to a name that resolves to it"
	case errors.As(f.Cause, &gibberish):
		return "what answers there is no SMTP server", "correct the host and port in " + section + ".url"
	}
	return "the relay broke off: " + cause(f.Cause), "correct the port in " + section + ".url, or ask the relay's operator"
}

func tlsAdvice(section string, f *mailer.Failure) (what, advice string) {
	var plain tls.RecordHeaderError
	switch {
	case f.NotOffered:
		return "the relay does not offer STARTTLS",
			"set " + section + ".tls: implicit with port 465 in " + section + ".url; only where nobody can listen in between, " + section + ".tls: none"
	case errors.As(f.Cause, &plain):
		return "the relay answers in plain text where TLS was expected",
			"set " + section + ".tls: starttls, as on port 587, and write smtp:// and not smtps://; or correct the port to 465"
	case f.Code != 0:
		return said("the relay cannot do TLS at present", f), "ask the relay's operator to mend its certificate or key"
	}
	return "the TLS handshake fails: " + cause(f.Cause), "correct the port in " + section + ".url, or ask the relay's operator for TLS 1.2 or newer"
}

func certificateAdvice(section string, relay mailer.Relay, f *mailer.Failure) (what, advice string) {
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(f.Cause, &wrongName):
		return "the relay's certificate is not for " + relay.Host + " but for " + namesIn(wrongName.Certificate),
			"write one of these names in " + section + ".url, if they are the relay's"
	case errors.As(f.Cause, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the relay's certificate is good from %s to %s", day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter)),
			"renew the certificate on the relay, or ask its operator to; or set this machine's clock"
	case errors.As(f.Cause, &unknown):
		return "the relay's certificate is from an authority that is not known here",
			"name the authority's certificate (PEM) in " + section + ".ca_file, or let the relay send its chain in full"
	}
	return "the relay's certificate is not trusted: " + printable(cause(f.Cause)), "renew the certificate on the relay, or ask its operator to"
}

func namesIn(certificate *x509.Certificate) string {
	names := certificate.DNSNames
	for _, ip := range certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no host"
	}
	return printable(strings.Join(names, ", "))
}

// loginAdvice: the codes are those of RFC 4954 §6.
func loginAdvice(section string, f *mailer.Failure) (what, advice string) {
	switch {
	case f.NotOffered:
		return "the relay does not offer the login that is configured",
			"empty " + section + ".auth for the best that it offers; or take USER:PASSWORD@ out of " + section + ".url if it asks for none"
	case f.Code == 535:
		return said("the relay refuses the user name or the password", f),
			"correct them in " + section + ".url, special characters percent-encoded; some providers want a password made for apps"
	case f.Code == 534:
		return said("the relay wants a stronger login, or a password made for apps", f), "set " + section + ".auth: scram or xoauth2, or make such a password"
	case f.Code == 530 || f.Code == 538:
		return said("the relay takes no login without TLS", f), "set " + section + ".tls: starttls"
	case f.Code/100 == 4:
		return said("the relay cannot look the user up at present", f), "try again; if it stays so, ask its operator"
	case f.Code != 0:
		return said("the relay refuses this way to log in", f), "set another " + section + ".auth: plain, login or scram"
	}
	return "the relay broke off at the login", "correct " + section + ".auth, or ask the relay's operator"
}

// senderVerdict reads the answer to MAIL FROM.
func senderVerdict(section string, relay mailer.Relay, sender string, f *mailer.Failure) (status Status, what, advice string) {
	switch {
	case f.Code == 0:
		return Fault, "the relay broke off at MAIL FROM: " + cause(f.Cause), "ask the relay's operator"
	case f.Code/100 == 4:
		return Warning, said("the relay puts off the sender "+sender, f), "try again; if it stays so, ask the relay's operator"
	case f.Code == 530 && relay.Username == "":
		return Fault, said("the relay wants a login, and none is configured", f), "put USER:PASSWORD@ before the host in " + section + ".url"
	}
	return Fault, said("the relay refuses the sender "+sender, f), senderAdvice
}

const senderAdvice = "let the relay's operator allow this sender for this account, or correct sender.address or sender.envelope_address"

// recipientVerdict reads the answer to RCPT TO. A mailbox that does not exist is no
// fault of the relay's; that it relays nothing for us is.
func recipientVerdict(section string, relay mailer.Relay, recipient string, f *mailer.Failure) (status Status, what, advice string) {
	switch {
	case f.Code == 0:
		return Fault, "the relay broke off at RCPT TO: " + cause(f.Cause), "ask the relay's operator"
	case f.Code/100 == 4:
		return Warning, said("the relay puts off mail for "+recipient, f), "a relay that does so at first (greylisting) takes it later; if it stays so, ask its operator"
	case f.Code == 530 && relay.Username == "":
		return Fault, said("the relay wants a login, and none is configured", f), "put USER:PASSWORD@ before the host in " + section + ".url"
	case f.Enhanced == "5.1.7" || f.Enhanced == "5.1.8": // about the sender (RFC 3463 §3.2)
		return Fault, said("the relay refuses the sender", f), senderAdvice
	case strings.HasPrefix(f.Enhanced, "5.1.") || strings.HasPrefix(f.Enhanced, "5.2."):
		return Warning, said("the relay knows no mailbox "+recipient, f), "make the mailbox, so that bounces can come back; or try with --to and an address that exists"
	}
	return Fault, said("the relay takes no mail from us for "+recipient, f),
		"let the relay admit this machine's address (in Postfix: mynetworks), or put USER:PASSWORD@ before the host in " + section + ".url"
}
