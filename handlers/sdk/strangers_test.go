package sdk

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/store/storetest"
)

var requestID = regexp.MustCompile(`request-id-(test|live)-[0-9a-f-]{36}`)

// shown is all of an answer that a stranger sees, but for what names the request.
func shown(a answer) string {
	a.Header.Del("Date")
	head := ""
	for _, name := range []string{"Content-Type", "Content-Length", "Retry-After", "Set-Cookie", "Access-Control-Allow-Origin", "Vary"} {
		head += name + ": " + a.Header.Get(name) + "\n"
	}
	return a.Status + "\n" + head + requestID.ReplaceAllString(a.body, "request-id")
}

// people are addresses in every state that one can be in.
func (w *world) people() []string {
	w.t.Helper()
	w.page().come("known@example.com")
	w.page().begin(newFlow("new@example.com"))
	_, err := w.api.Links.Start(ctx, magiclink.StartRequest{
		ProjectID: strict, Email: "pending@example.com", CreateAsPending: true, Challenge: magiclink.ChallengeOf(magiclink.NewVerifier()),
	})
	fatal(w.t, err)
	w.mailed()

	owner, _ := w.page().come("owner@example.com")
	w.wantData(owner.post(attachPath, newFlow("attached@example.com").start()))
	w.mailed()
	_, deleted := w.page().come("deleted@example.com")
	_, err = w.api.Users.Delete(ctx, strict, deleted.text("data.user_id"))
	fatal(w.t, err)
	return []string{"known@example.com", "deleted@example.com", "new@example.com", "pending@example.com", "owner@example.com", "attached@example.com", "unknown@example.com"}
}

// TestAStrangerDoesNotLearnWhoExists: the same bytes, whatever the address is.
func TestAStrangerDoesNotLearnWhoExists(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.people()
		w.clock.Advance(time.Second)
		for _, path := range []string{sendPath, startPath} { // the latter makes everybody known
			var want string
			for _, email := range people {
				got := w.page().post(path, newFlow(email).start())
				w.wantData(got)
				if want == "" {
					want = shown(got)
				}
				if shown(got) != want {
					t.Errorf("%s with %s: got %s, want as for the others %s", path, email, shown(got), want)
				}
				if len(w.mails) != 1 {
					t.Errorf("%s with %s owes %d mails, want 1", path, email, len(w.mails))
				}
				w.forgetMails()
			}
		}
	})
}

// TestAnUnknownAddressCostsAsManyRows: in place of a known one's link an event is
// written, or the answer would come sooner.
func TestAnUnknownAddressCostsAsManyRows(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.page().come("known@example.com")
		for email, want := range map[string]int{"known@example.com": 0, "unknown@example.com": 1} {
			before := w.events(models.EventNoAccount)
			w.wantData(w.page().post(sendPath, newFlow(email).start()))
			if got := w.events(models.EventNoAccount) - before; got != want {
				t.Errorf("%s: %d events were written, want %d", email, got, want)
			}
		}
	})
}

// TestLimitsDoNotTellWhoExists: they are used up alike.
func TestLimitsDoNotTellWhoExists(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.people()
		w.clock.Advance(48 * time.Hour)
		w.api.Links.MailboxLimit = magiclink.MailboxLimit{Burst: 3, PerHour: 5, PerDay: 9}
		w.api.Links.Networks = magiclink.NewNetworks(magiclink.NetworkLimit{Mailbox: magiclink.MailboxLimit{PerDay: 6}})
		var want []string
		for _, email := range people {
			var got []string
			for i := range 8 {
				got = append(got, shown(w.page().from([]string{"198.51.100.1", "198.51.100.2"}[i%2]).post(sendPath, newFlow(email).start())))
			}
			if want == nil {
				want = got
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%s, start %d: got %s, want as for the others %s", email, i, got[i], want[i])
				}
			}
		}
		if want[7] == want[0] {
			t.Error("no limit was reached: the test shows nothing")
		}
	})
}

// TestTheCodeDoorDoesNotTellWhoExists: a stranger may ask for a link to anybody's
// mailbox and then guess at its code, until the guesses of a mailbox that is known are
// used up.
func TestTheCodeDoorDoesNotTellWhoExists(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.page().come("known@example.com")
		eve, _ := w.page().from("198.51.100.1").come("eve@example.com")
		w.api.Links.Networks = magiclink.NewNetworks(magiclink.NetworkLimit{RedeemsPerMinute: 30})
		for name, stranger := range map[string]client{"signed out": w.page(), "signed in": eve} {
			w.checkGuesses(name, stranger, "known@example.com", "unknown-to-"+name[7:]+"@example.com")
		}
	})
}

// checkGuesses compares what a stranger sees who asks for a link to each of the
// mailboxes and then guesses at its code.
func (w *world) checkGuesses(name string, stranger client, emails ...string) {
	w.t.Helper()
	var want []string
	for _, email := range emails {
		w.clock.Advance(time.Minute) // another 30 attempts
		f := newFlow(email)
		w.wantData(stranger.post(sendPath, f.start()))
		before := w.events(models.EventCodeMismatch)
		var got []string
		for range 32 {
			f.code = "00000000"
			got = append(got, shown(stranger.post(codePath, f.typed())))
		}
		if written := w.events(models.EventCodeMismatch) - before; written != 30 {
			w.t.Errorf("%s, %s: %d events were written for 30 guesses: the time it takes would tell", name, email, written)
		}
		if want == nil {
			want = got
		}
		for i := range got {
			if got[i] != want[i] {
				w.t.Errorf("%s, %s, guess %d: got %s, want as for the other %s", name, email, i, got[i], want[i])
			}
		}
	}
}

// TestAddressesThatAreTakenAreAttachedInSilence: whoever is signed in is a stranger to
// everybody else.
func TestAddressesThatAreTakenAreAttachedInSilence(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.people()
		eve, _ := w.page().come("eve@example.com")
		var want string
		for i, email := range people {
			if i%4 == 0 { // no more than a few may wait at once
				w.clock.Advance(6 * time.Minute)
			}
			got := eve.post(attachPath, newFlow(email).start())
			w.wantData(got)
			if want == "" {
				want = shown(got)
			}
			if shown(got) != want {
				t.Errorf("%s: got %s, want as for the others %s", email, shown(got), want)
			}
		}
	})
}

// TestAStrangerIsToldNoIDs: neither in a success nor in a refusal.
func TestAStrangerIsToldNoIDs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, path := range []string{startPath, sendPath} {
			data, _ := w.page().post(path, newFlow("ada@example.com").start()).field("data").(members)
			if len(data) != 2 || data["request_id"] == nil || data["status_code"] == nil {
				t.Errorf("%s: got %v, want request_id and status_code alone", path, data)
			}
		}
	})
}

// TestWhatABrowserSaysOfItselfIsNotBelieved: where it asks from is seen, and what only
// the app's back end may say is passed over.
func TestWhatABrowserSaysOfItselfIsNotBelieved(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		claimed := members{"ip_address": "203.0.113.9", "user_agent": "somebody else"}
		body := with(with(f.start(), "attributes", claimed), "create_user_as_pending", true)
		r := w.page().request(http.MethodPost, startPath, body)
		r.Header.Set("X-Forwarded-For", "203.0.113.9") // no proxy of ours
		w.wantData(w.do(r))
		link := w.owed()
		if link.IPAddress != "192.0.2.1" || link.UserAgent != "Mozilla/5.0 (X11; Linux)" {
			t.Errorf("got %s, %s: want the connection's", link.IPAddress, link.UserAgent)
		}
		user, err := w.store.Read(ctx).User(strict, link.UserID)
		fatal(t, err)
		if user.Status != models.UserActive {
			t.Errorf("got a person who is %s", user.Status)
		}
		f.token, f.code = w.carried(link)
		redemption := with(with(f.redemption(), "attributes", claimed), "session_custom_claims", members{"role": "admin"})
		got := w.page().post(redeemPath, redemption)
		w.wantData(got)
		if got.text("data.session.attributes.ip_address") != "192.0.2.1" || len(got.field("data.session.custom_claims").(members)) != 0 {
			t.Errorf("got session %v", got.field("data.session"))
		}
	})
}

// events counts the events of one kind.
func (w *world) events(kind models.EventKind) int {
	w.t.Helper()
	return strings.Count(storetest.Dump(w.t, w.url), string(kind))
}
