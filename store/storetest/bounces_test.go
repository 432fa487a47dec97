package storetest

import (
	"context"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// bounce counts one against the address, at the instant, of three that suppress it.
func bounce(st *store.Store, email models.Email, at time.Time) (suppressed bool, err error) {
	err = write(st, func(tx *store.Tx) error {
		suppressed, err = tx.CountBounce(models.BounceRecord{
			EmailID: email.ID, ProjectID: project, LastReply: "550 5.1.1", LastBounceAt: models.At(at),
		}, 3)
		return err
	})
	return suppressed, err
}

// stranger is a person without a link.
func stranger(t *testing.T, st *store.Store, identity string) models.Email {
	t.Helper()
	user, email := person(identity)
	must(t, write(st, func(tx *store.Tx) error { _, _, err := tx.EnsurePerson(user, email); return err }))
	return email
}

// suppress is the third bounce of the address, three times at once, as on several
// replicas: one of them suppresses.
func suppress(t *testing.T, st *store.Store, email models.Email, at time.Time) {
	t.Helper()
	for _, before := range []time.Duration{2 * time.Hour, time.Hour} {
		_, err := bounce(st, email, at.Add(-before))
		must(t, err)
	}
	results := make(chan bool, 3)
	race(3, func(int) {
		suppressed, err := bounce(st, email, at)
		if err != nil {
			t.Error(err)
		}
		results <- suppressed
	})
	close(results)
	first := 0
	for suppressed := range results {
		if suppressed {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d of three bounces suppressed the address, want 1", first)
	}
}

func wantSuppressed(t *testing.T, st *store.Store, want ...string) {
	t.Helper()
	listed, total, err := st.Read(context.Background()).SuppressedAddresses(project, 9)
	must(t, err)
	if len(listed) != len(want) || total != int64(len(want)) {
		t.Fatalf("got %d of %d suppressed addresses, want %v", len(listed), total, want)
	}
	for i, address := range listed {
		if address.Address != want[i] {
			t.Errorf("got %s, want %s", address.Address, want[i])
		}
	}
}

// A receiving side may be wrong about everybody for a while.
func TestBouncesOfOneHourCountOnce(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ada := stranger(t, st, "ada@example.com")
		for _, after := range []time.Duration{0, 0, time.Minute, time.Hour - time.Millisecond, time.Hour, 2*time.Hour - time.Millisecond} {
			if suppressed, err := bounce(st, ada, epoch.Add(after)); err != nil || suppressed {
				t.Errorf("after %s: got suppressed: %v, %v", after, suppressed, err)
			}
		}
		if suppressed, err := bounce(st, ada, epoch.Add(2*time.Hour)); err != nil || !suppressed {
			t.Errorf("the third hour's: got suppressed: %v, %v", suppressed, err)
		}
	})
}

func TestThreeBouncesSuppressAnAddress(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ada, bob := stranger(t, st, "ada@example.com"), stranger(t, st, "bob@example.com")
		suppress(t, st, ada, epoch)
		again, err := bounce(st, ada, epoch.Add(time.Hour))
		must(t, err)
		if again {
			t.Error("a fourth bounce suppressed the address again")
		}
		suppress(t, st, bob, epoch.Add(time.Minute))
		wantSuppressed(t, st, "bob@example.com", "ada@example.com")

		got, err := st.Read(context.Background()).Suppressed(project, "ada@example.com")
		must(t, err)
		want := models.BounceRecord{
			EmailID: ada.ID, ProjectID: project, Bounces: 4, LastReply: "550 5.1.1",
			LastBounceAt: models.At(epoch.Add(time.Hour)), SuppressedAt: got.SuppressedAt,
		}
		if got.BounceRecord != want || *got.SuppressedAt != models.At(epoch) || got.Address != "ada@example.com" {
			t.Errorf("got %+v since %d, want %+v since %d", got, *got.SuppressedAt, want, models.At(epoch))
		}
		_, err = st.Read(context.Background()).Suppressed("another", "ada@example.com")
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestForgottenBouncesLiftASuppression(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ada := stranger(t, st, "ada@example.com")
		suppress(t, st, ada, epoch)
		forget := func(projectID string) error {
			return write(st, func(tx *store.Tx) error { return tx.ForgetBounces(projectID, ada.ID) })
		}
		wantErr(t, forget("another"), store.ErrConflict)
		wantSuppressed(t, st, "ada@example.com")
		must(t, forget(project))
		wantErr(t, forget(project), store.ErrConflict)
		wantSuppressed(t, st)
		if suppressed, err := bounce(st, ada, epoch); err != nil || suppressed {
			t.Errorf("got %v, %v; want the count to have begun anew", suppressed, err)
		}
	})
}

func TestAClaimedMailTellsOfBounces(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		_, mail := started(t, st, "ada@example.com")
		_, ada := known(t, st, "ada@example.com")
		suppress(t, st, ada, epoch)
		if got := claim(t, st, mail.ID).Bounces; got.Bounces != 3 || got.SuppressedAt == nil {
			t.Errorf("got %+v, want three bounces and the suppression", got)
		}
	})
}

// A suppression is kept until it is lifted, with the person it is about; a count that
// led to nothing goes after 90 days, and both with a person who is deleted.
func TestTheJanitorForgetsBouncesButNoSuppression(t *testing.T) {
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		suppressed := stranger(t, st, "ada@example.com")
		suppress(t, st, suppressed, epoch)
		_, err := bounce(st, stranger(t, st, "bob@example.com"), epoch)
		must(t, err)
		counted := stranger(t, st, "cy@example.com")
		must(t, write(st, func(tx *store.Tx) error { return tx.ProveEmail(counted, models.At(epoch)) }))
		_, err = bounce(st, counted, epoch)
		must(t, err)

		clock.Advance(store.KeptFor + time.Hour)
		wantPurged(t, st, 2) // bob, who never came in, and his count
		wantSuppressed(t, st, "ada@example.com")
		clock.Advance(90*24*time.Hour - store.KeptFor - time.Hour)
		wantPurged(t, st, 0)
		clock.Advance(time.Millisecond)
		wantPurged(t, st, 1) // cy's count
		exec(t, url, "DELETE FROM emails")
		wantPurged(t, st, 1) // ada's
	})
}
