package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func TestFiftyStartsForANewAddressMakeOnePerson(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		var created, people sync.Map
		race(50, func(i int) {
			err := st.Write(ctx, func(tx *store.Tx) error {
				user, email := person("ada@example.com")
				known, isNew, err := tx.EnsurePerson(user, email)
				if err != nil {
					return err
				}
				people.Store(i, known.UserID)
				created.Store(i, isNew)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		if n := count(&created, true); n != 1 {
			t.Errorf("%d starts made the person, want 1", n)
		}
		email, err := st.Read(ctx).EmailByIdentity(project, "ada@example.com")
		must(t, err)
		if n := count(&people, email.UserID); n != 50 {
			t.Errorf("%d of 50 starts agree on the person", n)
		}
		_, err = st.Read(ctx).User(project, email.UserID)
		must(t, err)
	})
}

func TestAPersonIsKnownInTheirProjectOnly(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		started(t, st, "ada@example.com")
		user, email := known(t, st, "ada@example.com")
		read := st.Read(context.Background())
		_, err := read.EmailByIdentity("another project", "ada@example.com")
		wantErr(t, err, store.ErrNotFound)
		_, err = read.Email("another project", email.ID)
		wantErr(t, err, store.ErrNotFound)
		_, err = read.User("another project", user.ID)
		wantErr(t, err, store.ErrNotFound)

		namesake, address := person("ada@example.com")
		namesake.ProjectID, address.ProjectID = "another project", "another project"
		must(t, write(st, func(tx *store.Tx) error {
			_, created, err := tx.EnsurePerson(namesake, address)
			if !created {
				t.Error("a person of another project was taken for a known one")
			}
			return err
		}))
		emails, err := read.EmailsOf(project, user.ID)
		must(t, err)
		if len(emails) != 1 || emails[0] != email {
			t.Errorf("got %+v, want %+v", emails, email)
		}
	})
}

func TestTheFirstProofCounts(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		started(t, st, "ada@example.com")
		_, email := known(t, st, "ada@example.com")
		first := models.At(epoch)
		for _, at := range []models.Instant{first, first.Add(time.Minute)} {
			must(t, write(st, func(tx *store.Tx) error { return tx.ProveEmail(email, at) }))
		}
		user, email := known(t, st, "ada@example.com")
		if user.Status != models.UserActive || email.VerifiedAt == nil || *email.VerifiedAt != first {
			t.Errorf("got %s, proven at %v; want active, at %v", user.Status, email.VerifiedAt, first)
		}
	})
}
