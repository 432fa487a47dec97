package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/store"
)

func TestDuplicateKeysConflict(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		link, mail := started(t, st, "ada@example.com")
		session := models.Session{ID: models.NewID(epoch), ProjectID: project, TokenID: models.NewID(epoch)}
		must(t, st.Write(ctx, func(tx *store.Tx) error { return tx.InsertSession(session) }))

		t.Run("primary", func(t *testing.T) {
			wantErr(t, st.Write(ctx, func(tx *store.Tx) error { return tx.InsertLink(link, mail) }), store.ErrConflict)
		})
		t.Run("unique", func(t *testing.T) {
			twin := session
			twin.ID = models.NewID(epoch)
			wantErr(t, st.Write(ctx, func(tx *store.Tx) error { return tx.InsertSession(twin) }), store.ErrConflict)
		})
	})
}

func TestAnErrorKeepsNothing(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		ctx, refusal := context.Background(), errors.New("refused")
		user, email := person("ada@example.com")
		err := st.Write(ctx, func(tx *store.Tx) error {
			if _, _, err := tx.EnsurePerson(user, email); err != nil {
				return err
			}
			return refusal
		})
		wantErr(t, err, refusal)
		wantUnknown(t, st, user)
	})
}

func TestOnlyWhatWasKeptCountsAsWritten(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		before := st.Counts()
		started(t, st, "ada@example.com")
		after := st.Counts()
		if writes, commits := after.Writes-before.Writes, after.Commits-before.Commits; writes < 1 || commits < 1 || commits > writes {
			t.Errorf("a start is %d writes in %d commits, want one or more, and no more commits than writes", writes, commits)
		}
		refusal := errors.New("refused")
		wantErr(t, st.Write(t.Context(), func(*store.Tx) error { return refusal }), refusal)
		if got := st.Counts().Writes; got != after.Writes {
			t.Errorf("a refused write counts: got %d writes, want %d", got, after.Writes)
		}
	})
}

func TestAPanicIsAnErrorAndNotTheEnd(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		user, email := person("ada@example.com")
		err := st.Write(context.Background(), func(tx *store.Tx) error {
			if _, _, err := tx.EnsurePerson(user, email); err != nil {
				return err
			}
			panic("planted")
		})
		if err == nil || !strings.Contains(err.Error(), "planted") {
			t.Errorf("got error %v, want the panic", err)
		}
		wantUnknown(t, st, user)
		started(t, st, "ada@example.com")
	})
}

func TestACancelledWriteIsNotKept(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		user, email := person("ada@example.com")
		err := st.Write(ctx, func(tx *store.Tx) error {
			_, _, err := tx.EnsurePerson(user, email)
			return err
		})
		wantErr(t, err, context.Canceled)
		wantUnknown(t, st, user)
	})
}

// SQLite lets a request finish that was taken on, PostgreSQL stops it: what the
// caller is told is true either way.
func TestACancellationInTheMiddleIsToldTruly(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		user, email := person("ada@example.com")
		told := st.Write(ctx, func(tx *store.Tx) error {
			cancel()
			_, _, err := tx.EnsurePerson(user, email)
			return err
		})
		if told == nil {
			_, err := st.Read(context.Background()).User(project, user.ID)
			must(t, err)
			return
		}
		wantErr(t, told, context.Canceled)
		wantUnknown(t, st, user)
	})
}

// On PostgreSQL a statement that failed has ended the transaction. A closure that
// overlooks it must not seem to work on SQLite.
func TestAnOverlookedErrorKeepsNothing(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		link, mail := started(t, st, "ada@example.com")
		user, email := person("bob@example.com")
		err := st.Write(ctx, func(tx *store.Tx) error {
			_ = tx.InsertLink(link, mail) // exists
			_, _, _ = tx.EnsurePerson(user, email)
			return nil
		})
		if err == nil {
			t.Error("a transaction with an error in it was told yes")
		}
		wantUnknown(t, st, user)
	})
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		ctx := context.Background()
		st := Open(t, url, newClock().Now)
		must(t, st.Close())
		must(t, st.Close())
		wantErr(t, st.Write(ctx, func(*store.Tx) error { return nil }), store.ErrUnavailable)
		_, err := st.Read(ctx).Link(models.NewID(epoch))
		wantErr(t, err, store.ErrUnavailable)
		wantErr(t, st.Ping(ctx), store.ErrUnavailable)
	})
}

func TestManyWritersLoseNothing(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		const writers = 200
		refusal := errors.New("refused")
		race(writers, func(i int) {
			err := st.Write(context.Background(), func(tx *store.Tx) error {
				user, email := person(fmt.Sprintf("%d@example.com", i))
				if _, _, err := tx.EnsurePerson(user, email); err != nil {
					return err
				}
				if i%3 == 0 {
					return refusal
				}
				return nil
			})
			if want := i%3 == 0; errors.Is(err, refusal) != want {
				t.Errorf("writer %d: got %v", i, err)
			}
		})
		for i := range writers {
			_, err := st.Read(context.Background()).EmailByIdentity(project, fmt.Sprintf("%d@example.com", i))
			if kept := err == nil; kept != (i%3 != 0) {
				t.Errorf("writer %d: kept %v (%v)", i, kept, err)
			}
		}
	})
}
