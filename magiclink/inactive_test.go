package magiclink

import (
	"errors"
	"maps"
	"testing"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// suppress notes of the flow's address that mail to it came back too often.
func (w *world) suppress(f flow) {
	w.Helper()
	fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.CountBounce(models.BounceRecord{EmailID: f.started.EmailID, ProjectID: f.project, LastReply: "550 5.1.1"}, 1)
		return err
	}))
}

func TestAStartForASuppressedAddressIsRefusedAndWritesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.MailboxLimit = MailboxLimit{Burst: 2}
		f := w.start()
		w.suppress(f)
		before := w.rows()
		for range 3 { // and it counts against no limit
			request := StartRequest{ProjectID: required, Email: "ADA@example.com", Challenge: exampleChallenge, LoginURL: appURL, SignupURL: appURL}
			if started, err := w.Start(ctx, request); !errors.Is(err, problem.InactiveEmail) {
				t.Fatalf("got %+v, %v, want %v", started, err, problem.InactiveEmail)
			}
		}
		if after := w.rows(); !maps.Equal(after, before) || len(w.mails) != 1 {
			t.Errorf("rows: got %v and %d mails, want %v and 1", after, len(w.mails), before)
		}
		w.redeem(f) // the link that is out is still good
		w.start(to("bob@example.com"))
		w.start(in(optional)) // another project's mail may be welcome
	})
}

// A stranger gets the same answer as for any address; package mailer ends the mail.
func TestAStrangerIsNotToldOfASuppression(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.suppress(w.start())
		if again := w.start(func(r *StartRequest) { r.Caller = stranger }); again.started.UserCreated {
			t.Error("the start made another person")
		}
	})
}
