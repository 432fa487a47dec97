package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

const project = "project-test-1"

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newClock() *Clock { return NewClock(epoch) }

func person(identity string) (models.User, models.Email) {
	user := models.User{ID: models.NewID(epoch), ProjectID: project, Status: models.UserPending, CreatedAt: models.At(epoch)}
	return user, models.Email{
		ID: models.NewID(epoch), ProjectID: project, UserID: user.ID,
		Address: identity, Identity: identity, CreatedAt: models.At(epoch),
	}
}

func linkFor(email models.Email) (models.MagicLink, models.QueuedMail) {
	now := models.At(epoch)
	link := models.MagicLink{
		ID: models.NewID(epoch), ProjectID: project, UserID: email.UserID, EmailID: email.ID, KeyID: 1,
		Kind: models.LinkLogin, Challenge: "challenge", RedirectURL: "https://app.example/",
		CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	return link, models.QueuedMail{
		ID: models.NewID(epoch), ProjectID: project, LinkID: link.ID, Status: models.MailQueued,
		NextAttemptAt: now, CreatedAt: now, ExpiresAt: link.ExpiresAt,
	}
}

// started writes a person, a link and its mail, as a start does.
func started(t *testing.T, st *store.Store, identity string) (models.MagicLink, models.QueuedMail) {
	t.Helper()
	var link models.MagicLink
	var mail models.QueuedMail
	must(t, st.Write(context.Background(), func(tx *store.Tx) error {
		user, email := person(identity)
		known, _, err := tx.EnsurePerson(user, email)
		if err != nil {
			return err
		}
		link, mail = linkFor(*known)
		return tx.InsertLink(link, mail)
	}))
	return link, mail
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// wantUnknown asserts that nothing was kept of the person.
func wantUnknown(t *testing.T, st *store.Store, user models.User) {
	t.Helper()
	_, err := st.Read(context.Background()).User(project, user.ID)
	wantErr(t, err, store.ErrNotFound)
}

// known is the person of an address, who must be there with it.
func known(t *testing.T, st *store.Store, identity string) (models.User, models.Email) {
	t.Helper()
	email, err := st.Read(context.Background()).EmailByIdentity(project, identity)
	must(t, err)
	user, err := st.Read(context.Background()).User(project, email.UserID)
	must(t, err)
	return *user, *email
}

// write runs one step in a transaction of its own.
func write(st *store.Store, step func(tx *store.Tx) error) error {
	return st.Write(context.Background(), step)
}

// settled ends a mail.
func settled(st *store.Store, mail models.ID, status models.MailStatus, event *models.Event) error {
	return write(st, func(tx *store.Tx) error { return tx.SettleMail(mail, status, event.Detail, event) })
}

func eventOf(link models.ID) models.Event {
	return models.Event{
		ID: models.NewID(epoch), ProjectID: project, Kind: models.EventMailSent,
		LinkID: link, AddressHash: []byte{1}, Detail: "250", CreatedAt: models.At(epoch),
	}
}

// race runs fn n times at once.
func race(n int, fn func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}

func count(m *sync.Map, want any) (n int) {
	m.Range(func(_, value any) bool {
		if value == want {
			n++
		}
		return true
	})
	return n
}
