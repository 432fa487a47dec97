package users

import (
	"testing"

	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/profile"
)

func TestAnInviteRacesWithAnUpdate(t *testing.T) {
	eachWorld(t, func(w *world) {
		lost := 0
		for i := range 60 {
			address := "p" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + "@example.com"
			_, err := w.links.Invite(ctx, magiclink.InviteRequest{ProjectID: project, Email: address})
			fatal(w, err)
			p, err := w.Store.Read(ctx).EmailByIdentity(project, address)
			fatal(w, err)
			var one, two error
			atOnce(func() {
				_, one = w.links.Invite(ctx, magiclink.InviteRequest{ProjectID: project, Email: address,
					Person: profile.Changes{TrustedMetadata: models.Object{"invite": "x"}}})
			}, func() {
				_, two = w.Update(ctx, project, public(p.UserID), profile.Changes{TrustedMetadata: models.Object{"update": "y"}, ExternalID: new("ext" + address[:3])})
			})
			w.wantOneOf("invite", one, nil)
			w.wantOneOf("update", two, nil)
			got, err := w.Get(ctx, project, public(p.UserID))
			fatal(w, err)
			if len(got.User.TrustedMetadata) != 2 || got.User.ExternalID == nil {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("of 60 races %d lost what one of the two had said", lost)
		}
	})
}
