package magiclink

import (
	"testing"

	"latchkey/models"
)

func TestWhoComesInByALoginLeavesNoOpenInvitation(t *testing.T) {
	eachWorld(t, func(w *world) {
		i := w.invite(bob)
		w.redeem(w.start(to(bob)))
		link, err := w.Store.Read(ctx).Link(i.link.ID)
		fatal(w, err)
		if got := link.State(w.now()); got != models.LinkRevoked {
			t.Errorf("the invitation, which needs no verifier, is %s, want revoked", got)
		}
	})
}
