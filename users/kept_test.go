package users

import (
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
)

// Whoever never proved an address is forgotten after a week, but for those whom the app
// manages: a person does not vanish for their exchanged address.
func TestThoseWhomTheAppManagesAreNotForgotten(t *testing.T) {
	for name, manage := range map[string]func(w *world, name string) (*Person, error){
		"exchange": func(w *world, name string) (*Person, error) { return w.Exchange(ctx, project, name, "new@example.com") },
		"update": func(w *world, name string) (*Person, error) {
			return w.Update(ctx, project, name, profile.Changes{FirstName: new("Ada")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				f := w.started(ada)
				stranger := w.started("eve@example.com")
				for _, started := range []flow{f, stranger} { // a link stays while its mail is owed
					event := models.Event{ID: models.NewID(epoch), ProjectID: project, Kind: models.EventMailSent, LinkID: started.link.LinkID, AddressHash: []byte{}}
					fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
						return tx.SettleMail(started.link.LinkID, models.MailSent, "", &event)
					}))
				}
				person, err := manage(w, public(f.link.UserID))
				fatal(w, err)
				w.clock.Advance(2*store.KeptFor + time.Hour)
				_, err = w.Store.Purge(ctx)
				fatal(w, err)
				after, err := w.Get(ctx, project, public(f.link.UserID))
				fatal(w, err)
				if len(after.Emails) != 1 || after.Emails[0].ID != person.Emails[0].ID {
					w.Errorf("got %+v, want the address that was left", after.Emails)
				}
				_, err = w.Get(ctx, project, public(stranger.link.UserID))
				w.wantErr(err, problem.UserNotFound)
			})
		})
	}
}
