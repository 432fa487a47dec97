package users

import (
	"testing"
	"time"

	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

func TestWhoComesInByEmbeddedLinksIsNotForgotten(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.started(ada) // by the app's back end; never proven
		e, err := w.links.Embed(ctx, magiclink.EmbedRequest{ProjectID: project, User: public(f.link.UserID)})
		fatal(w, err)
		year := 525600
		in, err := w.links.Redeem(ctx, magiclink.RedeemRequest{ProjectID: project, Token: e.Token, SessionRequest: magiclink.SessionRequest{Minutes: &year}})
		fatal(w, err)
		fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error { // the mail was sent
			return tx.SettleMail(f.link.LinkID, models.MailSent, "250 ok", &models.Event{ID: models.NewID(epoch), ProjectID: project, Kind: models.EventMailSent, AddressHash: []byte{}})
		}))
		w.clock.Advance(15 * 24 * time.Hour)
		_, err = w.Store.Purge(ctx)
		fatal(w, err)
		if _, err := w.Get(ctx, project, public(f.link.UserID)); err != nil {
			t.Errorf("signed in for a year: got %v, want the person", err)
		}
		if _, err := w.links.Sessions.Authenticate(ctx, project, session.Credentials{Token: in.Session.Token}, session.Changes{}); err != nil {
			t.Errorf("living session: got %v", err)
		}
		w.wantWhole()
	})
}
