package users

import (
	"testing"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
)

func (w *world) owed(address string) int {
	w.Helper()
	return w.count("SELECT count(*) FROM queued_mails WHERE status = 'queued' AND address = '" + address + "'")
}

// takenOver is ada's session with somebody else's address proven in it: the notice to
// ada is on its way.
func (w *world) takenOver() (ada flow, in *magiclink.Redeemed) {
	w.Helper()
	owner := w.started("ada@example.com")
	stolen, err := w.redeem(owner)
	fatal(w, err)
	f := flow{verifier: magiclink.NewVerifier()}
	f.link, err = w.links.Send(ctx, magiclink.SendRequest{
		StartRequest: magiclink.StartRequest{ProjectID: project, Email: "evil@example.com", Challenge: magiclink.ChallengeOf(f.verifier)},
		Session:      session.Credentials{Token: stolen.Session.Token},
	})
	fatal(w, err)
	f.token, err = w.Keys.Seal(1, sealed.Link, f.link.LinkID)
	fatal(w, err)
	in, err = w.links.Redeem(ctx, magiclink.RedeemRequest{
		ProjectID: project, Token: f.token, Verifier: f.verifier,
		SessionRequest: magiclink.SessionRequest{Continues: session.Credentials{Token: stolen.Session.Token}},
	})
	fatal(w, err)
	return owner, in
}

func TestANoticeOutlivesTheAddressItGoesTo(t *testing.T) {
	eachWorld(t, func(w *world) {
		owner, in := w.takenOver()
		if n := w.owed("ada@example.com"); n != 1 {
			t.Fatalf("got %d notices, want 1", n)
		}
		_, err := w.DeleteEmail(ctx, project, models.PublicID("email", project, owner.link.EmailID))
		fatal(w, err)
		if n := w.owed("ada@example.com"); n != 1 {
			t.Errorf("after the deletion: got %d notices owed to ada, want 1", n)
		}
		_, _, err = w.links.Sessions.Owner(ctx, project, session.Credentials{Token: in.Session.Token})
		t.Logf("thief's session: %v", err)
	})
}

func TestWhoOnlyNamesAnAddressTakesNoMailFromIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.takenOver()
		mallory := w.started("mallory@example.com")
		m, err := w.redeem(mallory)
		fatal(w, err)
		v := magiclink.NewVerifier()
		s, err := w.links.Send(ctx, magiclink.SendRequest{
			StartRequest: magiclink.StartRequest{ProjectID: project, Email: "ada@example.com", Challenge: magiclink.ChallengeOf(v), Caller: &magiclink.Caller{}},
			Session:      session.Credentials{Token: m.Session.Token},
		})
		fatal(w, err)
		_, err = w.DeleteEmail(ctx, project, models.PublicID("email", project, s.EmailID))
		fatal(w, err)
		if n := w.owed("ada@example.com"); n != 1 {
			t.Errorf("mallory, who proved nothing, took ada's notice away: got %d, want 1", n)
		}
	})
}
