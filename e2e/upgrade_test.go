package e2e

import (
	"fmt"
	"testing"

	"latchkey/internal/sealed"
	"latchkey/store/storetest"
)

// TestUpgradeWithMailWaiting is drill R14: this program on what the one before it left.
// The mail that waited goes out, and links and sessions from before work on.
func TestUpgradeWithMailWaiting(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		relay := startRelay(t)
		settings := newSettings(t, url, relay.address)
		before := newPrevious(t, settings)
		before.install()
		waiting, mailed, signedIn := newSomebody("waiting@example.com"), newSomebody("mailed@example.com"), newSomebody("signed-in@example.com")
		for _, who := range []somebody{waiting, mailed, signedIn} {
			before.does("start", who)
		}
		for _, who := range []somebody{mailed, signedIn} {
			before.does("claim", who)
			before.does("settle", who)
		}
		before.does("redeem", signedIn)

		server := serve(t, settings)
		if got := before.version(); got != previousSchema+1 {
			t.Errorf("the schema is number %d now, want %d: has a migration come without the statements of the program before it?", got, previousSchema+1)
		}
		app := server.backEnd(0)
		app.redeem(t, relay.mail(t, waiting.address).Token, waiting.pair.verifier)
		app.redeem(t, before.seal(sealed.Link, mailed.link), mailed.pair.verifier)
		app.expect(t, "/v1/sessions/authenticate", body{"session_token": before.seal(sealed.Session, signedIn.token)}, "")
		app.expect(t, "/v1/magic_links/authenticate", body{
			"token": before.seal(sealed.Link, signedIn.link), "code_verifier": signedIn.pair.verifier,
		}, "unable_to_auth_magic_link")
		server.terminate(t)
		relay.checkOnce(t, url, []string{waiting.address})
		r := &report{title: fmt.Sprintf("R14, from schema %d to %d with mail waiting, %s", previousSchema, previousSchema+1, t.Name())}
		r.count("mail that waited", "sent once, its link redeemed")
		r.count("link that had been mailed", "redeemed")
		r.count("session from before", "goes on")
		r.count("link redeemed before", "refused")
		r.log(t)
	})
}

// TestTheProgramBeforeWritesOn is the way back: the schema is new, and what the program
// before says to it still works, on its own rows and on this one's. What it has begun
// this program ends when it is back, and what it has ended stays so.
func TestTheProgramBeforeWritesOn(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		port := reserveRelayPort(t)
		settings := newSettings(t, url, port.address)
		before := newPrevious(t, settings)
		server, ours := serve(t, settings), newSomebody("ours@example.com")
		server.backEnd(0).start(t, ours.address, ours.pair)
		server.terminate(t)

		theirs, settled := newSomebody("theirs@example.com"), newSomebody("settled@example.com")
		before.does("start", theirs)
		before.does("start", settled)
		ours = before.find(ours)
		for _, who := range []somebody{settled, ours} {
			before.does("read", who)
			before.does("claim", who)
			before.does("settle", who)
			before.does("redeem", who)
			before.does("session", who)
		}

		relay := port.open(t)
		server = serve(t, settings)
		app := server.backEnd(0)
		app.redeem(t, relay.mail(t, theirs.address).Token, theirs.pair.verifier)
		for _, who := range []somebody{settled, ours} {
			app.expect(t, "/v1/sessions/authenticate", body{"session_token": before.seal(sealed.Session, who.token)}, "")
			app.expect(t, "/v1/magic_links/authenticate", body{
				"token": before.seal(sealed.Link, who.link), "code_verifier": who.pair.verifier,
			}, "unable_to_auth_magic_link")
		}
		server.terminate(t)
		relay.checkOnce(t, url, []string{theirs.address})
		r := &report{title: fmt.Sprintf("R14, the statements of schema %d on schema %d, %s", previousSchema, previousSchema+1, t.Name())}
		r.count("start of theirs", "mailed once here, its link redeemed")
		r.count("mail from here", "read, claimed and ended by theirs, not sent again")
		r.count("links from here and theirs", "redeemed by theirs, refused here")
		r.count("sessions of theirs", "go on here")
		r.log(t)
	})
}
