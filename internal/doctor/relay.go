package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"time"

	"latchkey/mailer"
)

// certificateMargin: most authorities' clients renew a month ahead, so with two weeks
// left something has gone wrong.
const certificateMargin = 14 * 24 * time.Hour

// relay goes the way of a mail from each sender, as far as RCPT TO.
func (d *Doctor) relay(cfg mailer.Config, relay mailer.Relay) section {
	return func(ctx context.Context, s sheet) {
		if relay.Program != "" {
			program(s, relay.Program)
			return
		}
		if err := d.resolves(ctx, relay.Host); err != nil {
			unresolved(s, relay.Host, err, s.subject+".url", Fault) // serve cannot dial it either
			return
		}
		s.ok("name", relay.Host+" has an address")
		trial := cfg.Trial(relay)
		if !d.dial(ctx, s, trial, relay) {
			return
		}
		defer trial.Quit()
		for _, sender := range envelopeSenders(cfg) {
			if !d.offer(ctx, s, trial, relay, sender) {
				return
			}
		}
	}
}

// program: that it can be run is all that can be told without a mail.
func program(s sheet, path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.fault("program", err.Error(), "install a sendmail program, or correct "+s.subject+".url")
	case info.IsDir() || info.Mode().Perm()&0o111 == 0:
		s.fault("program", path+" cannot be run", "name an executable in "+s.subject+".url, or chmod +x this one")
	default:
		s.ok("program", path+" can be run; whether it takes mail, the first mail tells")
	}
}

// dial opens the session, and tells of each stage up to the one that fails.
func (d *Doctor) dial(ctx context.Context, s sheet, trial *mailer.Trial, relay mailer.Relay) (open bool) {
	failure := trial.Dial(ctx)
	for _, stage := range stagesOf(relay) {
		switch {
		case failure != nil && failure.Stage == stage:
			what, advice := dialAdvice(s.subject, relay, failure)
			s.fault(string(stage), what, advice)
			return false
		case failure == nil && stage == mailer.StageCertificate:
			d.certificate(s, trial.Certificate())
		default:
			s.ok(string(stage), passed(relay)[stage])
		}
	}
	return true
}

// stagesOf a session with the relay, up to its first mail.
func stagesOf(relay mailer.Relay) []mailer.Stage {
	stages := []mailer.Stage{mailer.StageConnect, mailer.StageGreeting}
	switch relay.TLS {
	case mailer.TLSStartTLS:
		stages = append(stages, mailer.StageTLS, mailer.StageCertificate)
	case mailer.TLSImplicit:
		stages = []mailer.Stage{mailer.StageConnect, mailer.StageTLS, mailer.StageCertificate, mailer.StageGreeting}
	}
	if relay.Username != "" {
		stages = append(stages, mailer.StageLogin)
	}
	return stages
}

func passed(relay mailer.Relay) map[mailer.Stage]string {
	return map[mailer.Stage]string{
		mailer.StageConnect:     relay.Address() + " takes connections",
		mailer.StageGreeting:    "it greets, and answers EHLO",
		mailer.StageTLS:         "it speaks TLS as configured (" + string(relay.TLS) + ")",
		mailer.StageCertificate: "its certificate is trusted and has its name",
		mailer.StageLogin:       "it takes the user name and password",
	}
}

// certificate looks at how long the relay's certificate will be good for; that it is
// now, the handshake has shown.
func (d *Doctor) certificate(s sheet, shown *x509.Certificate) {
	until := day(shown.NotAfter)
	if left := shown.NotAfter.Sub(d.Now()); left < certificateMargin {
		s.warn(string(mailer.StageCertificate), fmt.Sprintf("its certificate expires in %d days, on %s", int(left.Hours()/24), until),
			"renew the certificate on the relay, or ask its operator to: after that day no mail goes out")
		return
	}
	s.ok(string(mailer.StageCertificate), "its certificate is trusted, has its name, and is good until "+until)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// offer asks the relay to take a mail from this sender. It is false when the session
// has ended.
func (d *Doctor) offer(ctx context.Context, s sheet, trial *mailer.Trial, relay mailer.Relay, sender string) bool {
	recipient := d.Recipient
	if recipient == "" {
		recipient = sender
	}
	mail, rcpt := string(mailer.StageMail)+"."+sender, string(mailer.StageRcpt)+"."+sender
	failure := trial.Offer(ctx, sender, recipient)
	if failure == nil || failure.Stage == mailer.StageRcpt {
		s.ok(mail, "it takes mail from "+sender)
	}
	switch {
	case failure == nil:
		s.ok(rcpt, "it takes mail for "+recipient)
		return true
	case failure.Stage == mailer.StageMail:
		status, what, advice := senderVerdict(s.subject, relay, sender, failure)
		s.note(status, mail, what, advice)
	default:
		status, what, advice := recipientVerdict(s.subject, relay, recipient, failure)
		s.note(status, rcpt, what, advice)
	}
	return failure.Code != 0 && failure.Code != 421
}

// envelopeSenders are the addresses that mail is handed over under, each once.
func envelopeSenders(cfg mailer.Config) []string {
	var senders []string
	for _, project := range cfg.Projects {
		senders = append(senders, project.EnvelopeSender())
	}
	slices.Sort(senders)
	return slices.Compact(senders)
}
