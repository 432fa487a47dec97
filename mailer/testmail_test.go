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
	if !got.Sent || got.Failure != nil || got.Advice != "" || !strings.Contains(got.Words, "queued as 4F2A") {
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
		result, words, advice string
	}{
		{"the recipient", "rcpt", say("550 5.1.1 no such user"), "for good (550 5.1.1)", "5.1.1 no such user", "another address"},
		{"greylisting", "rcpt", say("450 4.2.0 come \x1b[2Jback"), "now (450 4.2.0)", "4.2.0 come [2Jback", "some minutes"},
		{"no answer to the mail", "message", hangUp(), "may have taken it", "", "some minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			relay := startRelay(t)
			relay.set(c.at, c.does)
			got := sendTest(t, mustParse(t, relay.url()))
			if got.Sent || got.Failure != nil || !strings.Contains(got.Result, c.result) ||
				got.Words != c.words || !strings.Contains(got.Advice, c.advice) {
				t.Errorf("got %+v, want %+v", got, c)
			}
		})
	}
}

func TestARelayThatRefusesUsFailsTheTestMail(t *testing.T) {
	for at, c := range map[string]struct {
		does step
		want Failure
	}{
		"greeting": {say("554 5.7.1 gone"), Failure{Stage: StageGreeting, Code: 554, Enhanced: "5.7.1", Text: "gone"}},
		"mail":     {say("553 5.7.1 not your address"), Failure{Stage: StageMail, Code: 553, Enhanced: "5.7.1", Text: "not your address"}},
		"rcpt":     {say("554 5.7.1 relay access denied"), Failure{Stage: StageRcpt, Code: 554, Enhanced: "5.7.1", Text: "relay access denied"}},
		"message":  {say("554 5.7.1 looks like spam"), Failure{Stage: StageMessage, Code: 554, Enhanced: "5.7.1", Text: "looks like spam"}},
	} {
		t.Run(at, func(t *testing.T) {
			relay := startRelay(t)
			relay.set(at, c.does)
			wantFailure(t, sendTest(t, mustParse(t, relay.url())), c.want)
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
	wantFailure(t, sendTest(t, where), Failure{Stage: StageLogin, Code: 535, Enhanced: "5.7.8"})
}

func TestWhatAProgramSaysToATestMailIsTold(t *testing.T) {
	complain := "echo 'unknown option \x1b[2J-i' >&2; echo 'usage: mail' >&2; echo more >&2; "
	relay, _ := sendmailScript(t, complain+"exit 64")
	wantFailure(t, sendTest(t, relay), Failure{Stage: StageProgram, Code: 64, Text: "unknown option [2J-i usage: mail"})
	relay, _ = sendmailScript(t, complain+"exit 75")
	if got := sendTest(t, relay); got.Failure != nil || got.Sent || got.Words != "unknown option [2J-i usage: mail" || !strings.Contains(got.Result, "exit code 75") {
		t.Errorf("got %+v, want it put off, and what the program says", got)
	}
	wantFailure(t, sendTest(t, Relay{Program: "/no/where"}), Failure{Stage: StageProgram})
}

// What a program says without end fills no memory.
func TestOnlyTheBeginningOfWhatAProgramSaysIsKept(t *testing.T) {
	relay, _ := sendmailScript(t, "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 64")
	if got := sendTest(t, relay); got.Failure == nil || len(got.Failure.Text) != maxComplaints {
		t.Errorf("got %+v, want %d characters", got.Failure, maxComplaints)
	}
}

func wantFailure(t *testing.T, got *Tested, want Failure) {
	t.Helper()
	if got.Failure == nil || got.Sent {
		t.Fatalf("got %+v, want a failure", got)
	}
	failure := *got.Failure
	if failure.Cause = nil; failure != want {
		t.Errorf("got %+v, want %+v", failure, want)
	}
}
