package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"testing"
)

// maildev is a running maildev: an SMTP catcher with a page and an HTTP API, by people
// who never heard of us, as MailHog and Mailpit are.
type maildev struct {
	*process
	smtp, web string
}

var installedMaildev = npmProject("maildev")

func startMaildev(t *testing.T) *maildev {
	t.Helper()
	dir := installedMaildev(t)
	m := &maildev{smtp: freeAddress(t), web: freeAddress(t)}
	_, smtpPort, _ := net.SplitHostPort(m.smtp)
	_, webPort, _ := net.SplitHostPort(m.web)
	cmd := exec.Command("node", "node_modules/maildev/bin/maildev", "--verbose",
		"--ip", "127.0.0.1", "--smtp", smtpPort, "--web", webPort, "--mail-directory", "caught")
	cmd.Dir = dir
	m.process = start(t, cmd)
	m.said(t, m.stdout, `MailDev SMTP Server running`)
	m.said(t, m.stdout, `MailDev webapp running`)
	return m
}

// mail waits for the next mail, and returns its text.
func (m *maildev) mail(t *testing.T, address string) (text string) {
	t.Helper()
	id := m.said(t, m.stdout, `Saving email: .*, id: (\w+)`)[1]
	status, content := get(t, "http://"+m.web+"/email/"+url.PathEscape(id))
	var mail struct {
		Text string
		To   []struct{ Address string }
	}
	if err := json.Unmarshal(content, &mail); err != nil || status != http.StatusOK {
		t.Fatalf("got %d and %s (%v)", status, content, err)
	}
	if len(mail.To) != 1 || mail.To[0].Address != address {
		t.Errorf("got a mail to %v, want one to %s", mail.To, address)
	}
	return mail.Text
}

// tokenIn finds the link's token in a mail's text, where the link stands alone on its
// line.
func tokenIn(t *testing.T, origin, text string) string {
	t.Helper()
	link := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(origin) + `/l/(\S+)\s*$`).FindStringSubmatch(text)
	if link == nil {
		t.Fatalf("there is no link in\n%s", text)
	}
	return link[1]
}

// Whoever has a catcher running already needs no configuration: it is found, the mail
// lies in it, and the link in the mail works.
func TestDevWorksBesideAnotherCatcher(t *testing.T) {
	t.Parallel()
	catcher := startMaildev(t)
	dev := startDev(t, "--smtp", catcher.smtp)
	if dev.smtp != catcher.smtp {
		t.Errorf("mail goes to %s, want %s", dev.smtp, catcher.smtp)
	}
	pair := newPair()
	dev.backEnd().start(t, "ada@example.com", pair)
	dev.backEnd().redeem(t, tokenIn(t, dev.url, catcher.mail(t, "ada@example.com")), pair.verifier)
}
