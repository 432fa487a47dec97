package storetest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// signedIn writes a session that lives for an hour.
func signedIn(t *testing.T, st *store.Store) models.Session {
	t.Helper()
	now := models.At(epoch)
	session := models.Session{
		ID: models.NewID(epoch), ProjectID: project, UserID: models.NewID(epoch), FactorID: models.NewID(epoch),
		TokenID: models.NewID(epoch), KeyID: 1, IPAddress: "192.0.2.1", UserAgent: "a browser",
		AuthenticatedAt: now, StartedAt: now, LastAccessedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	must(t, write(st, func(tx *store.Tx) error { return tx.InsertSession(session) }))
	return session
}

// touched is the session, used after the delay and good for another hour.
func touched(session models.Session, after time.Duration) models.Session {
	session.LastAccessedAt = models.At(epoch.Add(after))
	session.ExpiresAt = session.LastAccessedAt.Add(time.Hour)
	return session
}

func extend(st *store.Store, session models.Session) error {
	return write(st, func(tx *store.Tx) error { return tx.ExtendSession(session) })
}

func revoke(st *store.Store, project string, session models.ID, after time.Duration) error {
	return write(st, func(tx *store.Tx) error {
		return tx.RevokeSession(project, session, models.At(epoch.Add(after)))
	})
}

func TestASessionIsFoundInItsProjectOnly(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session, read := signedIn(t, st), st.Read(context.Background())
		byToken, err := read.SessionByToken(project, session.TokenID)
		must(t, err)
		byID, err := read.Session(project, session.ID)
		must(t, err)
		if !reflect.DeepEqual(*byToken, session) || !reflect.DeepEqual(*byID, session) {
			t.Errorf("got  %+v\nand  %+v\nwant %+v", *byToken, *byID, session)
		}
		_, err = read.SessionByToken("another project", session.TokenID)
		wantErr(t, err, store.ErrNotFound)
		_, err = read.Session("another project", session.ID)
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestASessionIsExtendedOnlyWhileItLives(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session := signedIn(t, st)
		want := touched(session, time.Hour-time.Millisecond)
		must(t, extend(st, want))
		got, err := st.Read(context.Background()).Session(project, session.ID)
		must(t, err)
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
		wantErr(t, extend(st, touched(session, 2*time.Hour)), store.ErrConflict)

		foreign := touched(session, time.Minute)
		foreign.ProjectID = "another project"
		wantErr(t, extend(st, foreign), store.ErrConflict)

		must(t, revoke(st, project, session.ID, time.Minute))
		wantErr(t, extend(st, touched(session, 2*time.Minute)), store.ErrConflict)
	})
}

func TestASessionIsRevokedOnceAndOnlyWhileItLives(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session := signedIn(t, st)
		wantErr(t, revoke(st, "another project", session.ID, 0), store.ErrConflict)
		wantErr(t, revoke(st, project, session.ID, time.Hour), store.ErrConflict)
		var won sync.Map
		race(20, func(i int) {
			err := revoke(st, project, session.ID, time.Minute)
			if err != nil && !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
			won.Store(i, err == nil)
		})
		if n := count(&won, true); n != 1 {
			t.Errorf("%d revocations won, want 1", n)
		}
	})
}

func TestTouchingLeavesTheEndAlone(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session := signedIn(t, st)
		used := touched(session, time.Minute)
		must(t, write(st, func(tx *store.Tx) error { return tx.TouchSession(used) }))
		got, err := st.Read(context.Background()).Session(project, session.ID)
		must(t, err)
		if got.LastAccessedAt != used.LastAccessedAt || got.ExpiresAt != session.ExpiresAt {
			t.Errorf("got %+v, want the new access and the old end", *got)
		}
	})
}
