package mailer

import (
	"strings"
	"testing"

	"latchkey/templates"
)

func sendTest(t *testing.T, relay Relay) *Tested {
	t.Helper()
	set, err := templates.Load("")
	if err != nil {
		t.Fatal(err)
	}
	tester := &Tester{Config: testConfig(), Templates: set, Now: newClock().Now}
	tested, err := tester.Send(t.Context(), relay, "acme", "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return tested
}

func TestATestMailIsARealOneWithoutALink(t *testing.T) {
	relay := startRelay(t)
	relay.set("message", say("250 2.0.0 queued as 4F2A"))
	got := sendTest(t, mustParse(t, relay.url()))
	if !got.Sent || got.FailedAt != "" || got.Advice != "" || !strings.Contains(got.Words, "queued as 4F2A") {
		t.Errorf("got %+v, want it sent and the server's words", got)
	}
	mail := <-relay.mails
	if mail.from != "login@acme.example" || mail.to != "ada@example.com" || !strings.HasPrefix(mail.header("Subject"), "A test mail from Acme (") {
		t.Errorf("got envelope %q to %q and subject %q", mail.from, mail.to, mail.header("Subject"))
	}
	if got := headerLines([]byte(mail.source)); len(got) != 9 || got["Message-ID"] != 1 {
		t.Errorf("got headers %v, want those of a real mail", got)
	}
	if text, page := parts(t, []byte(mail.source)); strings.Contains(text+page, "/l/") || strings.Contains(page, "href") {
		t.Errorf("it has a link:\n%s\n%s", text, page)
	}
}

func TestWhatARelaySaysToATestMailIsToldWithAdvice(t *testing.T) {
	for _, c := range []struct {
		name, at              string
		does                  step
		failedAt              Stage
		result, words, advice string
	}{
		{"the recipient", "rcpt", say("550 5.1.1 no such user"), "", "for good (550 5.1.1)", "no such user", "another address"},
		{"the sender", "mail", say("553 5.7.1 not your address"), "", "refuses the sender (553 5.7.1)", "not your address", "sender.address"},
		{"us", "rcpt", say("554 5.7.1 relay access denied"), "", "refuses to take mail from us (554 5.7.1)", "relay access denied", "login"},
		{"greylisting", "rcpt", say("450 4.2.0 come back later"), "", "now (450 4.2.0)", "come back later", "some minutes"},
		{"no answer to the mail", "message", hangUp(), "", "may have taken it", "EOF", "some minutes"},
		{"the connection", "greeting", hangUp(), StageGreeting, "is unreachable (no reply)", "EOF", "the port"},
		{"what a terminal obeys", "greeting", say("554 5.7.1 \x1b[2Jgone"), StageGreeting, "554 5.7.1", "[2Jgone", "login"},
	} {
		t.Run(c.name, func(t *testing.T) {
			relay := startRelay(t)
			relay.set(c.at, c.does)
			got := sendTest(t, mustParse(t, relay.url()))
			if got.Sent || got.FailedAt != c.failedAt || !strings.Contains(got.Result, c.result) ||
				!strings.Contains(got.Words, c.words) || !strings.Contains(got.Advice, c.advice) || strings.Contains(got.Words, "\x1b") {
				t.Errorf("got %+v, want %+v", got, c)
			}
		})
	}
}

// Some servers repeat in their answer to a login what was sent to them.
func TestTheAnswerToALoginIsNotShown(t *testing.T) {
	relay := startRelay(t)
	relay.extensions = append(relay.extensions, "AUTH PLAIN")
	relay.set("auth", say("535 5.7.8 no user with password hunter2"))
	where := mustParse(t, relay.url())
	where.Username, where.password = "ada", "hunter2"
	got := sendTest(t, where)
	if got.Sent || got.FailedAt != StageLogin || !strings.Contains(got.Result, "535 5.7.8") || got.Words != "" {
		t.Errorf("got %+v, want the login's codes and none of its words", got)
	}
}

func TestEveryTroubleHasItsAdvice(t *testing.T) {
	for _, trouble := range []trouble{
		unreachable, badTLS, badLogin, notOffered, refusesSender, refusesUs, noProgram, programFails,
	} {
		if troubleAdvice(trouble) == "" {
			t.Errorf("no advice where a relay %s", trouble)
		}
	}
}
