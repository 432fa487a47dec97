package mailer

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"
)

// fault is a way in which a server fails at a command.
type fault struct {
	does step
	code int // that it says
}

func faults() map[string]fault {
	return map[string]fault{
		"closes":  {does: hangUp()},
		"hangs":   {does: step{hang: true}},
		"421":     {does: step{reply: "421 4.3.2 bye", close: true}, code: 421},
		"garbage": {does: step{reply: "\x00\xff no SMTP", close: true}},
	}
}

// points are the commands at which a server may fail, with what its silence there
// means for a mail on a fresh connection.
func points() map[string]outcome {
	noConnection := outcome{verdict: down, trouble: unreachable}
	return map[string]outcome{
		"greeting": noConnection,
		"ehlo":     noConnection,
		"starttls": noConnection,
		"auth":     noConnection,
		"mail":     noConnection,
		"rcpt":     {verdict: deferred},
		"data":     {verdict: deferred},
		"message":  {verdict: deferred, inDoubt: true},
		"quit":     {verdict: sent},
	}
}

// meaning is what the fault at that point means: with a code, nothing is in doubt.
func (f fault) meaning(at outcome) outcome {
	if f.code != 0 && at.verdict != sent {
		at.code, at.enhanced, at.inDoubt = f.code, "4.3.2", false
	}
	return at
}

// TestFailureAtEveryCommand: whichever way a server fails, wherever and under whichever
// protection, the mail is neither lost nor bounced, and it does not take for ever.
func TestFailureAtEveryCommand(t *testing.T) {
	config, roots := selfSigned(t, "localhost")
	for _, mode := range []TLSMode{TLSNone, TLSStartTLS, TLSImplicit} {
		for _, at := range slices.Sorted(maps.Keys(points())) {
			for name, fault := range faults() {
				if at == "starttls" && mode != TLSStartTLS {
					continue
				}
				t.Run(string(mode)+"/"+at+"/"+name, func(t *testing.T) {
					t.Parallel()
					relay := startSecured(t, mode, config)
					relay.change(func(r *testRelay) {
						r.extensions = append(r.extensions, "AUTH PLAIN")
						r.script[at] = fault.does
					})
					where := securedBy(relay, mode, roots)
					where.Username, where.password = testUser, testPassword
					c := connectToRelay(t, where)
					got, want := sendUntilHang(t, c, relay), fault.meaning(points()[at])
					if got.cause = ""; got != want { // that is for people only
						t.Errorf("got %+v, want %+v", got, want)
					}
					began := time.Now()
					c.quit()
					if took := time.Since(began); took > 2*quitTimeout {
						t.Errorf("the farewell took %s", took)
					}
				})
			}
		}
	}
}

// sendUntilHang gives the mail up as soon as the relay hangs.
func sendUntilHang(t *testing.T, c *connection, relay *testRelay) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() {
		select {
		case <-relay.hanging:
			cancel()
		case <-ctx.Done():
		}
	}()
	return c.send(ctx, testMessage(t))
}

// RSET comes after a refusal only, and how it ends changes nothing about that.
func TestFailureAtRSET(t *testing.T) {
	want := outcome{verdict: bounced, code: 550, enhanced: "5.1.1", nobody: true}
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relay := startRelay(t)
			relay.set("rcpt", say("550 5.1.1 nobody"))
			relay.set("rset", fault.does)
			c := connectTo(t, relay)
			if got := sendUntilHang(t, c, relay); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			relay.unset("rcpt")
			relay.unset("rset")
			if got := sendOne(t, c); got.verdict != sent {
				t.Errorf("the next mail: got %+v, want it sent", got)
			}
		})
	}
}
