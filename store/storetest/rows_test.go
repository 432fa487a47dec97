package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func TestAPersonIsReadAsItWasWritten(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		user, email := person("ada@example.com")
		name := "their|name_for.her-1"
		user.FirstName, user.MiddleName, user.LastName = "Ada", "King", "Lovelace"
		user.TrustedMetadata = models.Object{"plan": "pro", "seats": 3.0, "tags": []any{"a", nil}, "é": map[string]any{}}
		user.ExternalID, user.Kept = &name, true
		email.AttachedUntil = models.At(epoch).Add(time.Minute).Ptr()
		must(t, write(st, func(tx *store.Tx) error {
			_, _, err := tx.EnsurePerson(user, email)
			return err
		}))
		gotUser, gotEmail := known(t, st, "ada@example.com")
		if !reflect.DeepEqual(gotUser, user) || !reflect.DeepEqual(gotEmail, email) {
			t.Errorf("got  %+v\nand  %+v\nwant %+v\nand  %+v", gotUser, gotEmail, user, email)
		}
	})
}

func TestAPersonHasTwoNames(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		name := "user-test-7e3c1b52-9a0d-4f66-8a51-0d2b6c1f9e47" // as she was called elsewhere
		user, email := person("ada@example.com")
		user.ExternalID = &name
		must(t, write(st, func(tx *store.Tx) error {
			_, _, err := tx.EnsurePerson(user, email)
			return err
		}))
		for _, called := range []string{name, models.PublicID("user", project, user.ID)} {
			got, err := st.Read(context.Background()).UserNamed(project, called)
			must(t, err)
			if got.ID != user.ID {
				t.Errorf("%s: got %s, want %s", called, got.ID, user.ID)
			}
		}
		for _, nobody := range []string{"", "another", user.ID.String(), models.PublicID("user", project, models.NewID(epoch)), "a\x00", "\xff"} {
			_, err := st.Read(context.Background()).UserNamed(project, nobody)
			wantErr(t, err, store.ErrNotFound)
		}
		_, err := st.Read(context.Background()).UserNamed("another project", name)
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestASessionIsReadAsItWasWritten(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session, now := signedIn(t, st), models.At(epoch)
		session.ID, session.TokenID = models.NewID(epoch), models.NewID(epoch)
		session.MoreFactors = models.Factors{
			{Method: models.MethodCode, ID: models.NewID(epoch), CreatedAt: now, AuthenticatedAt: now + 1},
			{Method: models.MethodEmbedded, ID: models.NewID(epoch), CreatedAt: now, AuthenticatedAt: now},
		}
		session.CustomClaims = models.Object{"role": "admin", "n": 1.5}
		must(t, write(st, func(tx *store.Tx) error { return tx.InsertSession(session) }))
		got, err := st.Read(context.Background()).Session(project, session.ID)
		must(t, err)
		if !reflect.DeepEqual(*got, session) {
			t.Errorf("got  %+v\nwant %+v", *got, session)
		}
	})
}

func TestTwoPeopleCannotShareAnExternalID(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		name := "one"
		insert := func(identity, project string) error {
			return write(st, func(tx *store.Tx) error {
				user, email := person(identity)
				user.ExternalID, user.ProjectID, email.ProjectID = &name, project, project
				_, _, err := tx.EnsurePerson(user, email)
				return err
			})
		}
		must(t, insert("ada@example.com", project))
		wantErr(t, insert("bob@example.com", project), store.ErrConflict)
		must(t, insert("bob@example.com", "another project"))
	})
}

// A person whom the app named is waited for, however long that takes.
func TestTheJanitorLeavesAKeptPerson(t *testing.T) {
	clock := newClock()
	EachAt(t, clock.Now, func(t *testing.T, st *store.Store) {
		for identity, kept := range map[string]bool{"ada@example.com": true, "bob@example.com": false} {
			must(t, write(st, func(tx *store.Tx) error {
				user, email := person(identity)
				user.Kept = kept
				_, _, err := tx.EnsurePerson(user, email)
				return err
			}))
		}
		clock.Advance(store.KeptFor + time.Minute)
		_, err := st.Purge(context.Background())
		must(t, err)
		known(t, st, "ada@example.com")
		_, err = st.Read(context.Background()).EmailByIdentity(project, "bob@example.com")
		wantErr(t, err, store.ErrNotFound)
	})
}
