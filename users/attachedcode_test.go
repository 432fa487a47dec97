package users

import (
	"testing"

	"latchkey/magiclink"
	"latchkey/session"
)

func TestTheCodeOfAnAttachedAddressIsTypedInItsSession(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.links.Projects[project].Code = true
		m, err := w.redeem(w.started(ada))
		fatal(w, err)
		f := flow{verifier: magiclink.NewVerifier()}
		f.link, err = w.links.Send(ctx, magiclink.SendRequest{
			StartRequest: magiclink.StartRequest{ProjectID: project, Email: "new@example.com", Challenge: magiclink.ChallengeOf(f.verifier), Caller: &magiclink.Caller{}},
			Session:      session.Credentials{Token: m.Session.Token},
		})
		fatal(w, err)
		code, _ := w.Keys.Code(1, f.link.LinkID)
		_, err = w.links.RedeemCode(ctx, magiclink.CodeRequest{ProjectID: project, Caller: &magiclink.Caller{}, Email: "new@example.com", Code: code, Verifier: f.verifier,
			SessionRequest: magiclink.SessionRequest{Continues: session.Credentials{Token: m.Session.Token}, OrAnew: true}})
		if err != nil {
			t.Errorf("the code in the verify mail, typed in the session that asked, at the browser door: %v", err)
		}
	})
}
