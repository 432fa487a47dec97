package doctor

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestARelayWithTLSFromTheFirstByteIsWell(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.implicitTLS()
	if report := in.examine(); report.Count(Fault) != 0 {
		t.Errorf("got %v, want no fault", statusesOf(report))
	}
}

func TestEverySenderIsAskedForAtEveryRelay(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	second := newRelayServer(in.authority.certify(t, "localhost", time.Now().AddDate(0, 3, 0)))
	second.mail = func(from string) error {
		if from == "bounces@second.example" {
			return refusal(550, "5.7.1", "not yours")
		}
		return nil
	}
	second.listen(t, nil)
	in.replace("  ca_file: ca.pem\n", "  ca_file: ca.pem\n  fallbacks: [{url: \"smtp://"+relayUser+":"+relayPassword+"@localhost:"+portOf(second.address)+"\", tls: starttls, ca_file: ca.pem}]\n")
	in.addSecondSender()
	in.names.publish(t, "second.example. MX 10 mail.example.com.", `second.example. TXT "v=spf1 mx -all"`, `_dmarc.second.example. TXT "v=DMARC1; p=none"`)
	got := statusesOf(in.examine())
	for id, want := range map[string]Status{
		"smtp.mail_from.login@example.com":                   OK,
		"smtp.mail_from.bounces@second.example":              OK,
		"smtp.rcpt_to.bounces@second.example":                OK,
		"smtp.fallbacks[0].login":                            OK,
		"smtp.fallbacks[0].mail_from.login@example.com":      OK,
		"smtp.fallbacks[0].rcpt_to.login@example.com":        OK,
		"smtp.fallbacks[0].mail_from.bounces@second.example": Fault,
		"dns.second.example.spf":                             OK,
		"dns.second.example.dkim":                            Warning,
		"dns.second.example.dmarc":                           OK,
	} {
		if got[id] != want {
			t.Errorf("%s: got %q, want %q", id, got[id], want)
		}
	}
}

// addSecondSender adds a project whose bounces go to another domain.
func (in *installation) addSecondSender() {
	in.settings += `  - id: project-test-2
    name: Second
    secrets: ["sha256:53ef94efbd8ee3ceb6eaf9f46ff8ddfdfd3b1f9ab1a5ee0ba8a9b3e3b4fbd5b3"]
    redirect_urls: ["https://app.example.com/in"]
    sender: {address: login@second.example, envelope_address: bounces@second.example}
`
}

func TestARelayThatHangsUpIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.addSecondSender()
	in.relay.hangUp = true
	got := statusesOf(in.examine())
	first, second := got["smtp.mail_from.bounces@second.example"], got[mailFrom]
	if first != Fault || second != "" {
		t.Errorf("got %q and %q, want one fault", first, second)
	}
}

func TestARecipientOfTheOperatorsIsAskedFor(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.recipient = "postmaster@example.net"
	var mu sync.Mutex
	var asked []string
	in.relay.rcpt = func(to string) error {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, to)
		return nil
	}
	in.examine()
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 1 || asked[0] != "postmaster@example.net" {
		t.Errorf("the relay was asked to take mail for %v", asked)
	}
}

func TestASendmailProgramMustBeOneThatRuns(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]Status{0o700: OK, 0o600: Fault} {
		in := newInstallation(t)
		in.write("sendmail", "#!/bin/sh\n")
		in.must(os.Chmod(in.path("sendmail"), mode))
		before, rest, _ := strings.Cut(in.settings, "smtp:\n")
		_, after, _ := strings.Cut(rest, "sender:")
		in.settings = before + "smtp: {url: \"sendmail:" + in.path("sendmail") + "\"}\nsender:" + after
		if got := statusesOf(in.examine())["smtp.program"]; got != want {
			t.Errorf("mode %o: got %s, want %s", mode, got, want)
		}
	}
}
