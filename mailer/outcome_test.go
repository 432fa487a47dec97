package mailer

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"
)

func connectTo(t *testing.T, r *testRelay) *connection {
	t.Helper()
	return connectToRelay(t, mustParse(t, r.url()))
}

func connectToRelay(t *testing.T, relay Relay) *connection {
	t.Helper()
	c := &connection{relay: relay, helo: "login.example.com", perDial: 100}
	t.Cleanup(c.drop)
	return c
}

func testMessage(t *testing.T) *gomail.Msg {
	t.Helper()
	m := gomail.NewMsg()
	if err := errors.Join(m.From("login@example.com"), m.To("ada@example.com")); err != nil {
		t.Fatal(err)
	}
	m.Subject("test")
	m.SetBodyString(gomail.TypeTextPlain, "hello")
	return m
}

func sendOne(t *testing.T, c *connection) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return c.send(ctx, testMessage(t))
}

// TestOutcomes goes through the table of docs/mail.md on the wire: what the server says,
// and what it means for the mail. TestFailureAtEveryCommand has what it does beside that.
func TestOutcomes(t *testing.T) {
	const us, them = "5.7.1", "5.1.1"
	for _, c := range []struct {
		name, at string
		does     step
		want     outcome
	}{
		{"250", "message", say("250 2.0.0 queued"), outcome{verdict: sent}},
		{"250, then closes", "message", step{reply: "250 2.0.0 queued", close: true}, outcome{verdict: sent}},

		{"refuses connections", "greeting", say("421 4.3.2 too busy"), outcome{verdict: down, trouble: unreachable, code: 421, enhanced: "4.3.2"}},
		{"refuses us at the door", "greeting", say("554 5.7.1 no"), outcome{verdict: down, trouble: refusesUs, code: 554, enhanced: us}},
		{"speaks SSH", "greeting", step{reply: "SSH-2.0-OpenSSH", close: true}, outcome{verdict: down, trouble: unreachable, cause: "it closed the connection"}},
		{"speaks HTTP", "greeting", step{reply: "HTTP/1.1 400 Bad Request", close: true}, outcome{verdict: down, trouble: unreachable, cause: "it is no SMTP server"}},

		{"450 at RCPT", "rcpt", say("450 4.2.0 greylisted"), outcome{verdict: deferred, code: 450, enhanced: "4.2.0"}},
		{"451 at RCPT", "rcpt", say("451 later"), outcome{verdict: deferred, code: 451}},
		{"421 at RCPT", "rcpt", step{reply: "421 4.7.0 slower", close: true}, outcome{verdict: deferred, code: 421, enhanced: "4.7.0"}},
		{"450 after the dot", "message", say("450 4.2.0 later"), outcome{verdict: deferred, code: 450, enhanced: "4.2.0"}},
		{"451 at DATA", "data", say("451 4.3.0 later"), outcome{verdict: deferred, code: 451, enhanced: "4.3.0"}},
		{"452 at MAIL", "mail", say("452 4.3.1 disk full"), outcome{verdict: refused, trouble: putsUsOff, code: 452, enhanced: "4.3.1"}},

		{"550 5.1.1 at RCPT", "rcpt", say("550 5.1.1 nobody"), outcome{verdict: bounced, code: 550, enhanced: them, nobody: true}},
		{"552 5.2.2 at RCPT", "rcpt", say("552 5.2.2 full"), outcome{verdict: bounced, code: 552, enhanced: "5.2.2"}},
		{"550 at RCPT without an enhanced code", "rcpt", say("550 nobody"), outcome{verdict: bounced, code: 550}},
		{"553 at RCPT without an enhanced code", "rcpt", say("553 nobody"), outcome{verdict: bounced, code: 553}},
		{"550 5.1.1 after the dot", "message", say("550 5.1.1 nobody"), outcome{verdict: bounced, code: 550, enhanced: them, nobody: true}},
		{"554 after the dot", "message", say("554 5.6.0 no"), outcome{verdict: bounced, code: 554, enhanced: "5.6.0"}},
		{"554 at DATA", "data", say("554 no valid recipients"), outcome{verdict: bounced, code: 554}},
		{"bare 554 at RCPT", "rcpt", say("554 no"), outcome{verdict: refused, trouble: refusesUs, code: 554}},
		{"our quota is used up", "message", say("550 5.4.5 daily quota exceeded"), outcome{verdict: refused, trouble: refusesUs, code: 550, enhanced: "5.4.5"}},

		{"550 at MAIL", "mail", say("550 5.1.0 who are you"), outcome{verdict: refused, trouble: refusesSender, code: 550, enhanced: "5.1.0"}},
		{"553 at MAIL without an enhanced code", "mail", say("553 no"), outcome{verdict: refused, trouble: refusesSender, code: 553}},
		{"sender refused at RCPT", "rcpt", say("550 5.1.8 unknown domain"), outcome{verdict: refused, trouble: refusesSender, code: 550, enhanced: "5.1.8"}},
		{"relay denied at RCPT", "rcpt", say("550 5.7.1 relaying denied"), outcome{verdict: refused, trouble: refusesUs, code: 550, enhanced: us}},
		{"policy after the dot", "message", say("554 5.7.1 no"), outcome{verdict: refused, trouble: refusesUs, code: 554, enhanced: us}},
		{"530 at MAIL", "mail", say("530 5.7.0 log in first"), outcome{verdict: refused, trouble: badLogin, code: 530, enhanced: "5.7.0"}},
		{"530 at RCPT", "rcpt", say("530 log in first"), outcome{verdict: refused, trouble: badLogin, code: 530}},

		{"503 at RCPT says nothing of the mailbox", "rcpt", say("503 5.5.1 MAIL first"), outcome{verdict: deferred, code: 503, enhanced: "5.5.1"}},
		{"an enhanced code of another class", "rcpt", say("550 blocked, see 4.7.12.9"), outcome{verdict: bounced, code: 550}},
		{"5.7.1 only in the words", "rcpt", say("450 4.2.0 not 5.7.1"), outcome{verdict: deferred, code: 450, enhanced: "4.2.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			relay := startRelay(t)
			relay.set(c.at, c.does)
			if got := sendOne(t, connectTo(t, relay)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// A server may use enhanced codes without offering them; a word that only looks like
// one is text.
func TestEnhancedCodeCountsWithoutBeingOffered(t *testing.T) {
	relay := startRelay(t)
	relay.extensions = []string{"8BITMIME"}
	for reply, want := range map[string]outcome{
		"550-5.7.1\r\n550 5.7.1 no":  {verdict: refused, trouble: refusesUs, code: 550, enhanced: "5.7.1"},
		"550 #5.7.1 relay denied":    {verdict: refused, trouble: refusesUs, code: 550, enhanced: "5.7.1"},
		"550 [5.7.1] relay denied":   {verdict: refused, trouble: refusesUs, code: 550, enhanced: "5.7.1"},
		"554 5.7.1: relay denied":    {verdict: refused, trouble: refusesUs, code: 554, enhanced: "5.7.1"},
		"550 5.7.1 relay denied":     {verdict: refused, trouble: refusesUs, code: 550, enhanced: "5.7.1"},
		"550 5.1.1 no such user":     {verdict: bounced, code: 550, enhanced: "5.1.1", nobody: true},
		"550 no such user":           {verdict: bounced, code: 550},
		"550 see 5.7.1 of our rules": {verdict: bounced, code: 550},
		"550 4.7.1 of another class": {verdict: bounced, code: 550},
		"550 5.7.1.9 is not one":     {verdict: bounced, code: 550},
	} {
		relay.set("rcpt", say(reply))
		if got := sendOne(t, connectTo(t, relay)); got != want {
			t.Errorf("%s: got %+v, want %+v", reply, got, want)
		}
	}
}

// The error of a farewell after the 250 does not unsend the mail.
func TestDeliveredIsSentWhateverComesAfter(t *testing.T) {
	err := &gomail.SendError{Reason: gomail.ErrSMTPReset}
	if got := classify(err, true, true); got.verdict != sent {
		t.Errorf("got %+v, want it sent", got)
	}
}

func TestClosedDuringData(t *testing.T) {
	relay := startRelay(t)
	relay.set("body", hangUp())
	if got := sendOne(t, connectTo(t, relay)); got.verdict != deferred || got.code != 0 {
		t.Errorf("got %+v, want it deferred without a code", got)
	}
}

func TestNobodyListens(t *testing.T) {
	relay := startRelay(t)
	c := connectTo(t, relay)
	relay.stop()
	want := outcome{verdict: down, trouble: unreachable, cause: "connection refused"}
	if got := sendOne(t, c); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestUnknownHostName(t *testing.T) {
	err := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	want := outcome{verdict: down, trouble: unreachable, cause: "no such host"}
	if got := classifyDial(err); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A kept connection that died while it lay idle is no attempt of the mail's.
func TestDeadKeptConnectionIsRedialled(t *testing.T) {
	for name, die := range map[string]func(*testRelay){
		"closed while idle": (*testRelay).closeIdle,
		"421 in answer to MAIL": func(r *testRelay) {
			first := true
			r.decideBy(func(command, _ string) (step, bool) {
				if command == "mail" && first {
					first = false
					return step{reply: "421 4.4.2 idle too long", close: true}, true
				}
				return step{}, false
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			relay := startRelay(t)
			c := connectTo(t, relay)
			if got := sendOne(t, c); got.verdict != sent {
				t.Fatalf("first mail: got %+v", got)
			}
			die(relay)
			if got := sendOne(t, c); got.verdict != sent {
				t.Errorf("second mail: got %+v, want it sent", got)
			}
			if relay.connected() != 2 || len(relay.mails) != 2 {
				t.Errorf("got %d connections and %d mails, want 2 and 2", relay.connected(), len(relay.mails))
			}
		})
	}
}

func TestConnectionIsKept(t *testing.T) {
	relay := startRelay(t)
	c := connectTo(t, relay)
	c.perDial = 3
	relay.decideBy(func(command, _ string) (step, bool) {
		return say("550 5.1.1 nobody"), command == "rcpt" && relay.connections == 1 && len(relay.mails) == 1
	})
	for i, want := range []verdict{sent, bounced, bounced, sent, sent, sent} {
		if got := sendOne(t, c); got.verdict != want {
			t.Fatalf("mail %d: got %+v, want verdict %d", i, got, want)
		}
	}
	if got := relay.connected(); got != 2 {
		t.Errorf("got %d connections for six mails at three a connection, want 2", got)
	}
	commands := strings.Join(relay.commands(), "\n")
	if strings.Contains(commands, "NOOP") || strings.Count(commands, "RSET") != 2 {
		t.Errorf("want no NOOP, and RSET after refusals only; got\n%s", commands)
	}
}

func TestLogin(t *testing.T) {
	for _, c := range []struct {
		name  string
		offer string
		does  step
		want  outcome
	}{
		{"accepted", "AUTH PLAIN LOGIN", say("235 2.7.0 welcome"), outcome{verdict: sent}},
		{"wrong password", "AUTH PLAIN", say("535 5.7.8 no"), outcome{verdict: down, trouble: badLogin, code: 535, enhanced: "5.7.8"}},
		{"encryption asked for", "AUTH PLAIN", say("538 5.7.11 no"), outcome{verdict: down, trouble: badLogin, code: 538, enhanced: "5.7.11"}},
		{"not now", "AUTH PLAIN", say("454 4.7.0 later"), outcome{verdict: down, trouble: unreachable, code: 454, enhanced: "4.7.0"}},
		{"not offered", "SIZE 1000", step{}, outcome{verdict: down, trouble: notOffered}},
		{"no way of ours offered", "AUTH KERBEROS_V4", step{}, outcome{verdict: down, trouble: notOffered}},
	} {
		t.Run(c.name, func(t *testing.T) {
			relay := startRelay(t)
			relay.extensions = append(relay.extensions, c.offer)
			if c.does != (step{}) {
				relay.set("auth", c.does)
			}
			connection := connectTo(t, relay)
			connection.relay.Username, connection.relay.password = "user", "hunter2"
			if got := sendOne(t, connection); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// FuzzReply: no reply of a server makes the classifier panic or bounce a mail
// without a 5yz that is about them.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{"550 5.1.1 nobody", "450 4.2.0 x", "250 ok", "550-a\r\n550 b", "999", "5", "550 5.7.1 us", "421 bye"} {
		f.Add("rcpt", seed)
		f.Add("message", seed)
		f.Add("mail", seed)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { listener.Close() })
	port := "smtp://" + listener.Addr().String()
	f.Fuzz(func(t *testing.T, at, reply string) {
		if strings.Trim(at, "abcdefghijklmnopqrstuvwxyz") != "" || reply == "" {
			return
		}
		relay := newTestRelay(t)
		relay.set(at, step{reply: reply, close: true})
		go relay.serveOne(listener)
		got := sendOne(t, connectToRelay(t, mustParse(t, port)))
		if got.verdict == bounced && (got.code/100 != 5 || strings.HasPrefix(got.enhanced, "5.7.") || at == "mail") {
			t.Errorf("%q at %s: got %+v", reply, at, got)
		}
		if (got.trouble != "") != (got.verdict == refused || got.verdict == down) {
			t.Errorf("%q at %s: got %+v", reply, at, got)
		}
	})
}
