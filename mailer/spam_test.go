package mailer

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"latchkey/store"
)

// maxSpamScore is what a mail may score with SpamAssassin's local rules; from 5 on it is
// taken for spam. A mail of ours is short and mostly a link, which is suspicious enough:
// nothing else may be.
const maxSpamScore = 0.1

// TestMailsAreNoSpam asks SpamAssassin about every mail in every language, all in one
// run, since it takes a second to start.
func TestMailsAreNoSpam(t *testing.T) {
	if _, err := exec.LookPath("spamassassin"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("spamassassin is not installed")
		}
		t.Skip("spamassassin is not installed")
	}
	mails, names := mailbox(t)
	cmd := exec.Command("spamassassin", "--local", "--mbox")
	cmd.Stdin = bytes.NewReader(mails)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	verdicts := regexp.MustCompile(`(?m)^X-Spam-Status: .*score=(\S+)(?s:.*?)autolearn`).FindAllSubmatch(out, -1)
	if len(verdicts) != len(names) {
		t.Fatalf("got %d verdicts for %d mails", len(verdicts), len(names))
	}
	for i, verdict := range verdicts {
		t.Logf("%s: %s", names[i], squeezed(verdict[0]))
		if score, err := strconv.ParseFloat(string(verdict[1]), 64); err != nil || score > maxSpamScore {
			t.Errorf("%s: got %s, want %.1f at most", names[i], squeezed(verdict[0]), maxSpamScore)
		}
	}
}

// mailbox is every mail in every language as it goes over the wire, with a token and a
// code as real ones look, in mbox form.
func mailbox(t *testing.T) (mails []byte, names []string) {
	t.Helper()
	var box bytes.Buffer
	c := testComposer(t, testConfig())
	eachWords(t, func(t *testing.T, owed *store.OwedMail) {
		owed.Link.KeyID = 1
		secrets, err := c.secretsOf(owed)
		if err != nil {
			t.Fatal(err)
		}
		if owed.Mail.Template != "invite" {
			secrets.code = "12345678"
		}
		m, err := c.composeWith(owed, secrets)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&box, "From login@acme.example %s\n", asked.Format("Mon Jan _2 15:04:05 2006"))
		if _, err := m.WriteTo(&box); err != nil {
			t.Fatal(err)
		}
		box.WriteString("\n\n")
		names = append(names, owed.Mail.Locale+"/"+owed.Mail.Template)
	})
	return bytes.ReplaceAll(box.Bytes(), []byte("\r\n"), []byte("\n")), names
}

func squeezed(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }
