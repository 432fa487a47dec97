package doctor

import (
	"errors"
	"net"
	"strings"
	"testing"

	"latchkey/mailer"
)

// Each names the key of the relay that failed, not of the first.
func TestAFailedTestMailGetsTheSameVerdict(t *testing.T) {
	program := mailer.Relay{Program: "/usr/sbin/sendmail"}
	server := mailer.Relay{Host: "mail.example.com", Port: 25}
	for name, c := range map[string]struct {
		relay mailer.Relay
		f     mailer.Failure
		says  []string
	}{
		"silent":            {server, mailer.Failure{Stage: mailer.StageGreeting, Silent: true}, []string{"greets nobody", "KEY.tls: implicit"}},
		"busy":              {server, mailer.Failure{Stage: mailer.StageGreeting, Code: 421}, []string{"takes nobody now (421)", "smtp.senders"}},
		"no AUTH":           {server, mailer.Failure{Stage: mailer.StageLogin, NotOffered: true}, []string{"does not offer the login", "KEY.auth"}},
		"no such host":      {server, mailer.Failure{Stage: mailer.StageConnect, Cause: &net.DNSError{IsNotFound: true}}, []string{"mail.example.com has no address", "KEY.url"}},
		"broken resolver":   {server, mailer.Failure{Stage: mailer.StageConnect, Cause: &net.DNSError{IsTimeout: true}}, []string{"did not answer for mail.example.com", "/etc/resolv.conf"}},
		"log in first":      {server, mailer.Failure{Stage: mailer.StageMail, Code: 530}, []string{"wants a login", "KEY.url"}},
		"broke off":         {server, mailer.Failure{Stage: mailer.StageMail, Cause: errors.New("no answer")}, []string{"broke off at MAIL FROM: no answer"}},
		"relay denied":      {server, mailer.Failure{Stage: mailer.StageRcpt, Code: 554, Text: "denied"}, []string{"for to@example.com (554 denied)", "KEY.url"}},
		"spam":              {server, mailer.Failure{Stage: mailer.StageMessage, Code: 554, Text: "spam"}, []string{"(554 spam)", "SPF"}},
		"no program":        {program, mailer.Failure{Stage: mailer.StageProgram}, []string{"/usr/sbin/sendmail cannot be run", "KEY.url"}},
		"another program":   {program, mailer.Failure{Stage: mailer.StageProgram, Code: 64, Text: "usage"}, []string{"(exit code 64 usage)", "-f SENDER", "KEY.url"}},
		"a program's fault": {program, mailer.Failure{Stage: mailer.StageProgram, Code: 77}, []string{"(exit code 77)", "by hand"}},
	} {
		got := OfTestMail(RelayKey(2), c.relay, Envelope{"from@example.com", "to@example.com"}, &c.f)
		for _, words := range c.says {
			words = strings.ReplaceAll(words, "KEY", "smtp.fallbacks[1]")
			if told := got.Summary + "\n" + got.Advice; !strings.Contains(told, words) || got.Advice == "" {
				t.Errorf("%s: got %q, want in it %q", name, told, words)
			}
		}
	}
}
