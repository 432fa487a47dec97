package mailer

import (
	"slices"
	"strings"
	"testing"
)

// What a trial shows holds for mails only if both say the same to the relay.
func TestATrialSaysWhatAMailSaysUpToRcpt(t *testing.T) {
	certificate, roots := selfSigned(t, "localhost")
	relay := startRelay(t)
	relay.tls, relay.extensions = certificate, append(relay.extensions, "STARTTLS", "AUTH PLAIN LOGIN")
	where := securedBy(relay, TLSStartTLS, roots)
	where.Username, where.password = "user", "hunter2"
	config := testConfig()

	if got := sendOne(t, config.connectionTo(where)); got.verdict != sent {
		t.Fatalf("got %+v, want the mail sent", got)
	}
	ofMail := relay.commands()
	trial := config.Trial(where)
	if failure := trial.Dial(t.Context()); failure != nil {
		t.Fatal(failure.Cause)
	}
	if got := trial.Certificate(); got == nil || got.VerifyHostname("localhost") != nil {
		t.Errorf("got certificate %v, want localhost's", got)
	}
	mail := <-relay.mails
	for range 2 {
		if failure := trial.Offer(t.Context(), mail.from, mail.to); failure != nil {
			t.Fatal(failure.Cause)
		}
	}
	trial.Quit()
	ofTrial := relay.commands()[len(ofMail):]

	data := slices.Index(ofMail, "DATA")
	if data < 0 || !slices.Equal(ofTrial[:data], ofMail[:data]) {
		t.Errorf("the trial said %q, the mail %q", ofTrial, ofMail)
	}
	if slices.Contains(ofTrial, "DATA") || strings.Count(strings.Join(ofTrial, "\n"), "RSET") != 2 || len(relay.mails) != 0 {
		t.Errorf("the trial said %q, want no DATA and each mail taken back", ofTrial)
	}
}
