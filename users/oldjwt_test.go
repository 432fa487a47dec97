package users

import (
	"testing"
	"time"

	"latchkey/magiclink"
	"latchkey/session"
)

func TestAJWTFromBeforeATokensChangeDoesNotBuyTheNewOne(t *testing.T) {
	eachWorld(t, func(w *world) {
		first, err := w.redeem(w.started(ada))
		fatal(w, err)
		stolen := first.Session.JWT
		w.clock.Advance(2 * time.Hour / 3)
		f := w.started(ada)
		second, err := w.links.Redeem(ctx, magiclink.RedeemRequest{ProjectID: project, Token: f.token, Verifier: f.verifier,
			SessionRequest: magiclink.SessionRequest{Continues: session.Credentials{Token: first.Session.Token}}})
		fatal(w, err)
		if _, _, err := w.links.Sessions.Owner(ctx, project, session.Credentials{Token: first.Session.Token}); err == nil {
			t.Fatal("old token lives")
		}
		got, err := w.links.Sessions.Authenticate(ctx, project, session.Credentials{JWT: stolen}, session.Changes{})
		if err == nil && got.Token == second.Session.Token {
			t.Errorf("an expired JWT from before the rotation was answered with the new session token")
		}
	})
}
