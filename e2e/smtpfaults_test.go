package e2e

import (
	"fmt"
	"testing"
	"time"

	"latchkey/store/storetest"
)

// smtpFaultVariable says how long each fault of drill R3 lasts: `make drill R3` sets it,
// and then all of them are tried.
const smtpFaultVariable = "LATCHKEY_R3_FAULT"

// smtpFaults are what a relay does, by name. What becomes of one mail by each is the
// mailer's own tests' to say; here it is whether anybody notices who asks for links.
var smtpFaults = []struct {
	name    string
	fault   smtpFault
	bounces bool // the mails that met it end there; all others are kept
	short   bool // also in the short form
}{
	{name: "refuses: 554 for a greeting", fault: smtpFault{at: "greeting", reply: "554 5.3.2 no service", then: hangUp}},
	{name: "421 for a greeting", fault: smtpFault{at: "greeting", reply: "421 4.3.2 too busy", then: hangUp}},
	{name: "closes at once", fault: smtpFault{at: "greeting", then: hangUp}},
	{name: "says nothing at all", fault: smtpFault{at: "greeting", then: fallSilent}, short: true},
	{name: "closes at EHLO", fault: smtpFault{at: "ehlo", then: hangUp}},
	{name: "offers STARTTLS no more", fault: smtpFault{at: "offer"}},
	{name: "454 to STARTTLS", fault: smtpFault{at: "starttls", reply: "454 4.7.0 not now"}},
	{name: "closes at STARTTLS", fault: smtpFault{at: "starttls", then: hangUp}},
	{name: "535 to the login", fault: smtpFault{at: "auth", reply: "535 5.7.8 who are you"}, short: true},
	{name: "closes at the login", fault: smtpFault{at: "auth", then: hangUp}},
	{name: "450 at MAIL", fault: smtpFault{at: "mail", reply: "450 4.3.0 later"}},
	{name: "550 5.7.1 at MAIL", fault: smtpFault{at: "mail", reply: "550 5.7.1 not from you"}},
	{name: "closes at MAIL", fault: smtpFault{at: "mail", then: hangUp}},
	{name: "450 at RCPT", fault: smtpFault{at: "rcpt", reply: "450 4.2.0 later"}},
	{name: "451 at RCPT: greylists", fault: smtpFault{at: "rcpt", reply: "451 4.7.1 greylisted", once: true}},
	{name: "550 at RCPT", fault: smtpFault{at: "rcpt", reply: "550 5.1.1 nobody here"}, bounces: true, short: true},
	{name: "closes at RCPT", fault: smtpFault{at: "rcpt", then: hangUp}},
	{name: "falls silent at RCPT", fault: smtpFault{at: "rcpt", then: fallSilent}},
	{name: "451 at DATA", fault: smtpFault{at: "data", reply: "451 4.3.0 later"}},
	{name: "554 at DATA", fault: smtpFault{at: "data", reply: "554 5.6.0 not this"}, bounces: true},
	{name: "closes at DATA", fault: smtpFault{at: "data", then: hangUp}},
	{name: "closes in the message", fault: smtpFault{at: "body", then: hangUp}},
	{name: "452 after the dot", fault: smtpFault{at: "dot", reply: "452 4.3.1 no room"}},
	{name: "554 after the dot", fault: smtpFault{at: "dot", reply: "554 5.6.0 not this"}, bounces: true},
	{name: "closes after the dot", fault: smtpFault{at: "dot", then: hangUp}},
	{name: "falls silent after the dot", fault: smtpFault{at: "dot", then: fallSilent}, short: true},
	{name: "a byte a second", fault: smtpFault{at: "everywhere"}},
}

// TestARelaysFaultsAreNoCallersFault is drill R3, or its short form: while a relay does
// any of these, starts are granted as if nothing were, and no transaction is left open.
func TestARelaysFaultsAreNoCallersFault(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		relay := startRelay(t)
		front := startTroubledRelay(t, relay)
		front.secure(t)
		server := serve(t, front.settings(newSettings(t, url, "")))
		length := lasting(t, smtpFaultVariable, 0)
		report := &report{title: fmt.Sprintf("R3, %s, under %d starts a second", databaseKind(url), loadRate)}
		drill := &smtpDrill{server: server, front: front, report: report, length: length}
		for _, f := range smtpFaults {
			if f.short || length > 0 {
				drill.try(t, f.name, f.fault, f.bounces)
			}
		}
		server.terminate(t)
		drill.compare(t, "all of them", drill.well, drill.ill)
		report.checkEnds(t, relay, url)
		report.log(t)
	})
}

// smtpDrill is one server and its relay.
type smtpDrill struct {
	server *server
	front  *troubledRelay
	report *report
	length time.Duration

	well, ill []sample // of all faults together
}

// try has the relay do one thing for a while, after as long a while without.
func (d *smtpDrill) try(t *testing.T, name string, fault smtpFault, bounces bool) {
	t.Helper()
	load := pacedStarts(t, d.server.settings)
	well := time.Now()
	load.awaitGranted(t, settled)
	hold(t, "well", d.length)
	began := time.Now()
	d.front.suffer(fault)
	met := d.awaitMet(t, name)
	load.awaitGranted(t, settled) // while the relay does what it does
	hold(t, name, d.length)
	d.checkNothingHeld(t, name, met)
	ended := time.Now()
	d.front.recover()
	load.end()
	d.server.awaitNothingOwed(t)
	without, with := load.between(well, began), load.between(began, ended)
	d.compare(t, name, without, with)
	d.well, d.ill = append(d.well, without...), append(d.ill, with...)
	if bounced := d.bounced(t, began) > 0; bounced != bounces {
		t.Errorf("%s: some mails bounced: got %t, want %t", name, bounced, bounces)
	}
}

// awaitMet waits until a session has come to the fault, and says when.
func (d *smtpDrill) awaitMet(t *testing.T, name string) time.Time {
	t.Helper()
	select {
	case <-d.front.met:
	case <-time.After(patience):
		t.Fatalf("%s: no session came to that", name)
	}
	return time.Now()
}

// compare adds how the callers fared.
func (d *smtpDrill) compare(t *testing.T, name string, well, ill []sample) {
	t.Helper()
	refused := len(ill) - countOf(ill, sample.granted)
	ratio := float64(percentile(ill, 0.99)) / float64(percentile(well, 0.99))
	d.report.require(t, name+": granted / not, p99 to that without", fmt.Sprintf("%d / %d, %.2f", len(ill)-refused, refused, ratio), "none not", refused == 0)
}

// checkNothingHeld looks for a transaction that waits for the relay: it began before the
// fault was met, and is still open after all those starts. On SQLite there is one writer:
// were it held, no start would have been granted.
func (d *smtpDrill) checkNothingHeld(t *testing.T, name string, met time.Time) {
	t.Helper()
	if databaseKind(d.server.database) == "SQLite" {
		return
	}
	held := number(t, d.server.database, fmt.Sprintf(`SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
		WHERE relation = 'queued_mails'::regclass AND xact_start < to_timestamp(%d / 1000.0)`, met.UnixMilli()))
	if held != 0 {
		t.Errorf("%s: %d transactions hold the queue while the relay is waited for, want none", name, held)
	}
}

func (d *smtpDrill) bounced(t *testing.T, since time.Time) int {
	t.Helper()
	return number(t, d.server.database, fmt.Sprintf("SELECT count(*) FROM queued_mails WHERE status = 'bounced' AND finished_at >= %d", since.UnixMilli()))
}

// checkEnds: every mail was sent or bounced, and what was sent arrived.
func (r *report) checkEnds(t *testing.T, relay *relay, database string) {
	t.Helper()
	all := number(t, database, "SELECT count(*) FROM queued_mails")
	sent := number(t, database, "SELECT count(*) FROM queued_mails WHERE status = 'sent'")
	bounced := number(t, database, "SELECT count(*) FROM queued_mails WHERE status = 'bounced'")
	r.count("mails: sent / bounced", fmt.Sprintf("%d / %d", sent, bounced))
	r.none(t, "mails with another end", all-sent-bounced)
	repeated, renamed := relay.repeats(t)
	r.none(t, "mails sent that did not arrive", sent-(len(relay.Messages())-repeated))
	r.count("mails that came again", repeated)
	r.none(t, "of them under another Message-ID", renamed)
}
