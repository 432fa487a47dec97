package doctor

import (
	"errors"
	"net"

	"latchkey/mailer"
)

// Envelope is a mail's sender and recipient.
type Envelope struct{ From, To string }

// OfTestMail is what Examine says of the fault by which a relay has not taken a test
// mail. key is the relay's, of RelayKey.
func OfTestMail(key string, relay mailer.Relay, mail Envelope, f *mailer.Failure) (verdict Check) {
	s := sheet{key, func(check Check) { verdict = check }}
	var unknown *net.DNSError
	switch {
	case f.Stage == mailer.StageProgram:
		programFailed(s, relay.Program, f)
	case errors.As(f.Cause, &unknown):
		unresolved(s, relay.Host, unknown, key+".url", Fault)
	case f.Stage == mailer.StageMail:
		status, what, advice := senderVerdict(key, relay, mail.From, f)
		s.note(status, string(f.Stage), what, advice)
	case f.Stage == mailer.StageRcpt:
		status, what, advice := recipientVerdict(key, relay, mail.To, f)
		s.note(status, string(f.Stage), what, advice)
	case f.Stage == mailer.StageMessage:
		s.fault(string(f.Stage), said("the relay refuses what we send", f),
			"its words say why: most often the sender's domain lacks SPF or DKIM, which latchkey doctor looks at, or this machine's address is on a blocklist")
	default:
		what, advice := dialAdvice(key, relay, f)
		s.fault(string(f.Stage), what, advice)
	}
	return verdict
}

// exitUsage is EX_USAGE of sysexits.h: the program does not know our options.
const exitUsage = 64

func programFailed(s sheet, path string, f *mailer.Failure) {
	switch f.Code {
	case 0:
		s.fault("program", path+" cannot be run", "name an executable sendmail program in "+s.subject+".url, or chmod +x this one")
	case exitUsage:
		s.fault("program", said(path+" does not know what sendmail is asked: -i -f SENDER -- RECIPIENT", f),
			"name a program in "+s.subject+".url that does, as Postfix, Exim, OpenSMTPD and msmtp have one")
	default:
		s.fault("program", said(path+" fails", f), "run it by hand as the user that latchkey serve runs as, and look into the mail system's log")
	}
}
