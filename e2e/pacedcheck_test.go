package e2e

import (
	"bytes"
	"fmt"
	"net/mail"
	"testing"
	"time"
)

// reportFault adds the rows of one fault: what was answered while it lasted, and how long
// afterwards a request was begun that was still refused.
func (l *pacedLoad) reportFault(r *report, fault string, began, ended time.Time) {
	during, after := l.between(began, ended), l.between(ended, time.Now())
	var recovery, longest time.Duration
	for _, s := range during {
		longest = max(longest, s.ended.Sub(s.began))
	}
	for _, s := range after {
		if !s.granted() {
			recovery = max(recovery, s.began.Sub(ended))
		}
	}
	r.count(fault+": granted / refused meanwhile", fmt.Sprintf("%d / %d", countOf(during, sample.granted), countOf(during, sample.refused)))
	r.aim(fault+": longest answer", longest, "12s")
	r.aim(fault+": last refusal after its end", recovery, "5s")
}

// check ends the load and looks whether all that it was told is true: nothing
// acknowledged is lost, nothing redeemed is good again. The server must be well by now.
func (l *pacedLoad) check(t *testing.T, r *report, database string, server *server) {
	t.Helper()
	l.end()
	l.checkAnswers(t, r)
	l.checkLogins(t, r)
	acknowledged := l.acknowledged()
	l.relay.each(t, acknowledged)
	if status := server.terminate(t); status != 0 {
		t.Errorf("exit status: got %d, want 0", status)
	}
	checkNothingOwed(t, database)
	r.count("acknowledged starts, each mailed", len(acknowledged))
	repeated, renamed := l.relay.repeats(t)
	r.count("mails that came again", repeated)
	r.none(t, "of them under another Message-ID", renamed)
}

// checkAnswers: granted, or refused in shape.
func (l *pacedLoad) checkAnswers(t *testing.T, r *report) {
	t.Helper()
	others, unknown := 0, 0
	for _, s := range l.between(time.Time{}, time.Now()) {
		switch {
		case s.granted(), s.refused():
		case s.answer.ErrorType == "unable_to_auth_magic_link":
			unknown++ // kept, but that answer was refused
		default:
			others++
			if others <= 5 {
				t.Errorf("%s, after %s: got %d %q, Retry-After %q (%v), want 200, or 503 service_unavailable with Retry-After",
					s.address, s.ended.Sub(s.began), s.answer.Status, s.answer.ErrorType, s.answer.RetryAfter, s.err)
			}
		}
	}
	r.count("redeemed, though the answer was 503", unknown)
	r.none(t, "other answers than 200 and 503 with Retry-After", others)
}

// checkLogins: what was redeemed stays so, and its session lives.
func (l *pacedLoad) checkLogins(t *testing.T, r *report) {
	t.Helper()
	lost, again := 0, 0
	for _, in := range l.logins {
		a, err := l.app.post("/v1/sessions/authenticate", body{"session_token": in.session})
		if err != nil || a.Status != 200 {
			lost++
		}
		a, err = l.app.post("/v1/magic_links/authenticate", body{"token": in.token, "code_verifier": in.verifier})
		if err != nil || a.ErrorType != "unable_to_auth_magic_link" {
			again++
		}
	}
	r.count("acknowledged logins", len(l.logins))
	r.none(t, "of them lost", lost)
	r.none(t, "of them redeemed twice", again)
}

// repeats counts who got a mail more than once, and those whose mails differ in their
// Message-ID. Each address was to get one.
func (r *relay) repeats(t *testing.T) (repeated, renamed int) {
	t.Helper()
	ids := make(map[string]string)
	for _, message := range r.Messages() {
		parsed, err := mail.ReadMessage(bytes.NewReader(message.Source))
		if err != nil {
			t.Fatal(err)
		}
		id, to := parsed.Header.Get("Message-ID"), message.To[0]
		earlier, known := ids[to]
		if known {
			repeated++
		}
		if known && earlier != id {
			renamed++
		}
		ids[to] = id
	}
	return repeated, renamed
}
