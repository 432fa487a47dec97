package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
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

// Whoever holds the token from before has looked the session up a moment ago.
func TestASessionIsFoundByTheTokenThatItHadBefore(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session, read := signedIn(t, st), st.Read(context.Background())
		before := session.TokenID
		_, err := read.SessionReplaced(project, before)
		wantErr(t, err, store.ErrNotFound)
		session.TokenID, session.PreviousTokenID = models.NewID(epoch), &before
		must(t, write(st, func(tx *store.Tx) error { return tx.UpdateSession(session) }))
		replaced, err := read.SessionReplaced(project, before)
		must(t, err)
		if !reflect.DeepEqual(*replaced, session) {
			t.Errorf("got  %+v\nwant %+v", *replaced, session)
		}
		_, err = read.SessionByToken(project, before)
		wantErr(t, err, store.ErrNotFound)
		_, err = read.SessionReplaced("another project", before)
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestASessionIsTouchedByItsTokenOnly(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session := signedIn(t, st)
		stale := touched(session, time.Minute)
		session.TokenID = models.NewID(epoch)
		must(t, write(st, func(tx *store.Tx) error { return tx.UpdateSession(session) }))
		wantErr(t, extend(st, stale), store.ErrConflict)
		wantErr(t, write(st, func(tx *store.Tx) error { return tx.TouchSession(stale) }), store.ErrConflict)
		must(t, extend(st, touched(session, time.Minute)))
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

// signedInAgain writes another session of the same person, changed as the test wants it.
func signedInAgain(t *testing.T, st *store.Store, like models.Session, change func(*models.Session)) models.Session {
	t.Helper()
	session := like
	session.ID, session.TokenID = models.NewID(epoch), models.NewID(epoch)
	change(&session)
	must(t, write(st, func(tx *store.Tx) error { return tx.InsertSession(session) }))
	return session
}

func living(t *testing.T, st *store.Store, of models.Session) (ids []models.ID) {
	t.Helper()
	sessions, err := st.Read(context.Background()).SessionsOf(project, of.UserID, models.At(epoch.Add(time.Minute)), 10)
	must(t, err)
	for _, session := range sessions {
		ids = append(ids, session.ID)
	}
	return ids
}

func TestThePersonsLivingSessionsAreListedLatestFirst(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		first := signedIn(t, st)
		second := signedInAgain(t, st, first, func(s *models.Session) { s.ID = models.NewID(epoch.Add(time.Second)) })
		third := signedInAgain(t, st, first, func(s *models.Session) { s.ID = models.NewID(epoch.Add(2 * time.Second)) })
		signedInAgain(t, st, first, func(s *models.Session) { s.ExpiresAt = models.At(epoch.Add(time.Minute)) })
		signedInAgain(t, st, first, func(s *models.Session) { s.RevokedAt = models.At(epoch).Ptr() })
		signedInAgain(t, st, first, func(s *models.Session) { s.UserID = models.NewID(epoch) })
		signedInAgain(t, st, first, func(s *models.Session) { s.ProjectID = "another project" })
		if got, want := living(t, st, first), []models.ID{third.ID, second.ID, first.ID}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		got, err := st.Read(context.Background()).SessionsOf(project, first.UserID, models.At(epoch), 1)
		must(t, err)
		if len(got) != 1 || !reflect.DeepEqual(got[0], third) {
			t.Errorf("at most one: got %+v, want %+v", got, third)
		}
	})
}

// When an address goes, a session lives on by what else was shown in it, and ends if
// that was nothing.
func TestASessionEndsWithTheLastAddressItRestsOn(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		first, now := signedIn(t, st), models.At(epoch)
		email := models.Email{ID: first.FactorID, ProjectID: project, UserID: first.UserID}
		shown := func(id models.ID) models.Factor {
			return models.Factor{Method: models.MethodCode, ID: id, CreatedAt: now, AuthenticatedAt: now + 1}
		}
		other := models.NewID(epoch)
		onlyByCode := signedInAgain(t, st, first, func(s *models.Session) { s.MoreFactors = models.Factors{shown(email.ID)} })
		wasFirst := signedInAgain(t, st, first, func(s *models.Session) { s.MoreFactors = models.Factors{shown(email.ID), shown(other)} })
		wasLater := signedInAgain(t, st, first, func(s *models.Session) { s.FactorID, s.MoreFactors = other, models.Factors{shown(email.ID)} })
		elsewhere := signedInAgain(t, st, first, func(s *models.Session) { s.ProjectID = "another project" })
		must(t, write(st, func(tx *store.Tx) error { return tx.ForgetFactor(email, now) }))
		for id, want := range map[models.ID]bool{first.ID: false, onlyByCode.ID: false, wasFirst.ID: true, wasLater.ID: true} {
			got, err := st.Read(context.Background()).Session(project, id)
			must(t, err)
			if got.Alive(now) != want {
				t.Errorf("%+v: want alive: %v", got, want)
			}
			if want && (got.FactorID != other || len(got.MoreFactors) != 0) {
				t.Errorf("got %+v, want it to rest on the other address alone", got)
			}
		}
		if got, err := st.Read(context.Background()).Session("another project", elsewhere.ID); err != nil || got.RevokedAt != nil {
			t.Errorf("another project's: got %+v, %v", got, err)
		}
	})
}

func TestALockedSessionIsWrittenAsAWhole(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		session, now := signedIn(t, st), models.At(epoch.Add(time.Minute))
		want := session
		want.TokenID, want.PreviousTokenID, want.KeyID = models.NewID(epoch), &session.TokenID, 2
		want.MoreFactors = models.Factors{{Method: models.MethodCode, ID: models.NewID(epoch), CreatedAt: now, AuthenticatedAt: now}}
		want.CustomClaims = models.Object{"role": "admin"}
		want.AuthenticatedAt, want.LastAccessedAt, want.ExpiresAt = now, now, now.Add(time.Hour)
		must(t, write(st, func(tx *store.Tx) error {
			locked, err := tx.LockSession(project, session.ID)
			if err == nil && !reflect.DeepEqual(*locked, session) {
				t.Errorf("locked: got %+v, want %+v", *locked, session)
			}
			return errors.Join(err, tx.UpdateSession(want))
		}))
		got, err := st.Read(context.Background()).Session(project, session.ID)
		must(t, err)
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
		must(t, revoke(st, project, session.ID, time.Minute))
		wantErr(t, write(st, func(tx *store.Tx) error { return tx.UpdateSession(want) }), store.ErrConflict)
		wantErr(t, write(st, func(tx *store.Tx) error {
			_, err := tx.LockSession("another project", session.ID)
			return err
		}), store.ErrNotFound)
	})
}

// Each adds a letter to what it reads: none may be lost.
func TestWhoLocksASessionWaitsForTheOther(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		const writers = 20
		session := signedIn(t, st)
		race(writers, func(int) {
			if err := write(st, func(tx *store.Tx) error {
				locked, err := tx.LockSession(project, session.ID)
				if err != nil {
					return err
				}
				seen, _ := locked.CustomClaims["seen"].(string)
				locked.CustomClaims = models.Object{"seen": seen + "x"}
				return tx.UpdateSession(*locked)
			}); err != nil {
				t.Error(err)
			}
		})
		got, err := st.Read(context.Background()).Session(project, session.ID)
		must(t, err)
		if want := strings.Repeat("x", writers); got.CustomClaims["seen"] != want {
			t.Errorf("got %v, want %v", got.CustomClaims["seen"], want)
		}
	})
}
