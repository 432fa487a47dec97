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

func TestRowsComeBackAsWritten(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, _ := started(t, st, "ada@example.com")
		got, err := st.Read(context.Background()).Link(link.ID)
		must(t, err)
		if *got != link {
			t.Errorf("got  %+v\nwant %+v", *got, link)
		}
	})
}

func TestUnknownRowsAreNotFound(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		read, id := st.Read(context.Background()), models.NewID(epoch)
		_, linkErr := read.Link(id)
		_, emailErr := read.EmailByIdentity(project, "nobody@example.com")
		_, userErr := read.User(project, id)
		_, sessionErr := read.SessionByToken(project, id)
		for _, err := range []error{linkErr, emailErr, userErr, sessionErr} {
			wantErr(t, err, store.ErrNotFound)
		}
	})
}

func TestOfFiftyRedemptionsOneWins(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, _ := started(t, st, "ada@example.com")
		var results sync.Map
		race(50, func(i int) {
			err := st.Write(context.Background(), func(tx *store.Tx) error {
				return tx.RedeemLink(project, link.ID, models.At(epoch))
			})
			if err != nil && !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
			results.Store(i, err == nil)
		})
		if won := count(&results, true); won != 1 {
			t.Fatalf("%d redemptions won, want 1", won)
		}
	})
}

func TestALinkIsRedeemedOnlyWhileItLives(t *testing.T) {
	redeem := func(st *store.Store, project string, link models.ID, at time.Time) error {
		return st.Write(context.Background(), func(tx *store.Tx) error {
			return tx.RedeemLink(project, link, models.At(at))
		})
	}
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, _ := started(t, st, "ada@example.com")
		wantErr(t, redeem(st, "another project", link.ID, epoch), store.ErrConflict)
		wantErr(t, redeem(st, project, link.ID, epoch.Add(time.Hour)), store.ErrConflict)
		must(t, redeem(st, project, link.ID, epoch.Add(time.Hour-time.Millisecond)))
		wantErr(t, redeem(st, project, link.ID, epoch), store.ErrConflict)
	})
}

func TestSiblingsAreRevokedAndNobodyElse(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		spent, _ := started(t, st, "ada@example.com")
		sibling, _ := started(t, st, "ada@example.com")
		stranger, _ := started(t, st, "bob@example.com")
		var other models.MagicLink
		must(t, st.Write(ctx, func(tx *store.Tx) error {
			email, err := tx.Email(project, spent.EmailID)
			if err != nil {
				return err
			}
			var mail models.QueuedMail
			other, mail = linkFor(*email)
			other.Challenge = "another challenge"
			return tx.InsertLink(other, mail)
		}))
		must(t, st.Write(ctx, func(tx *store.Tx) error {
			if err := tx.RedeemLink(project, spent.ID, models.At(epoch)); err != nil {
				return err
			}
			return tx.RevokeSiblings(spent, models.At(epoch))
		}))
		for id, want := range map[models.ID]models.LinkState{
			spent.ID: models.LinkRedeemed, sibling.ID: models.LinkRevoked,
			other.ID: models.LinkAlive, stranger.ID: models.LinkAlive,
		} {
			link, err := st.Read(ctx).Link(id)
			must(t, err)
			if got := link.State(models.At(epoch)); got != want {
				t.Errorf("link %s: got %s, want %s", id.Reference(), got, want)
			}
		}
	})
}

func TestALinkRemembersItsFirstOpening(t *testing.T) {
	Each(t, func(t *testing.T, st *store.Store) {
		link, _ := started(t, st, "ada@example.com")
		first := models.At(epoch)
		for _, at := range []models.Instant{first, first.Add(time.Minute)} {
			must(t, write(st, func(tx *store.Tx) error { return tx.OpenedLink(project, link.ID, at) }))
		}
		got, err := st.Read(context.Background()).Link(link.ID)
		must(t, err)
		if got.OpenedAt == nil || *got.OpenedAt != first {
			t.Errorf("opened at %v, want %v", got.OpenedAt, first)
		}
	})
}
