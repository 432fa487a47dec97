package session

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// installation is one database by a clock, and the loader of one of its servers.
type installation struct {
	*testing.T
	*Loader
	clock *storetest.Clock
}

func eachInstallation(t *testing.T, test func(i *installation)) {
	clock := storetest.NewClock(epoch)
	storetest.EachAt(t, clock.Now, func(t *testing.T, st *store.Store) {
		clock.Advance(epoch.Sub(clock.Now()))
		l := loader(st, ring(t, 7))
		l.Now = clock.Now
		test(&installation{T: t, Loader: l, clock: clock})
	})
}

func (i *installation) rotate(algorithm string) *models.SigningKey {
	i.Helper()
	key, err := i.Rotate(ctx, project, algorithm)
	fatal(i, err)
	return key
}

func (i *installation) refresh(signers ...*Signer) {
	i.Helper()
	for _, signer := range signers {
		fatal(i, signer.Refresh(ctx))
	}
}

// signed is a JWT of now and the key it names.
func (i *installation) signed(signer *Signer) (token, kid string) {
	i.Helper()
	session, emails := sample(project)
	token, err := signer.Sign(session, emails, i.clock.Now())
	fatal(i, err)
	parsed, err := jwt.ParseSigned(token, algorithms)
	fatal(i, err)
	return token, parsed.Headers[0].KeyID
}

func (i *installation) published(signer *Signer) (kids []string) {
	i.Helper()
	set, ok := signer.KeySet(project, i.clock.Now())
	if !ok {
		i.Fatal("no key set")
	}
	for _, key := range set.Keys {
		kids = append(kids, key.KeyID)
	}
	return kids
}

// A key is in the key set a day before it signs, and a day after. What it signed it
// opens here as long as a session can live.
func TestTheLifeOfASigningKey(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		signer := load(t, i.Loader, one(DefaultAlgorithm))
		old, first := i.signed(signer)
		i.clock.Advance(30 * 24 * time.Hour)
		second := KeyName(*i.rotate(DefaultAlgorithm))
		i.refresh(signer)
		for _, step := range []struct {
			name      string
			after     time.Duration // since the last
			signs     string
			published []string
			opens     bool // the first key's token
		}{
			{"at once", 0, first, []string{second, first}, true},
			{"a moment before its time", overlap - time.Millisecond, first, []string{second, first}, true},
			{"at its time", time.Millisecond, second, []string{second, first}, true},
			{"a moment before a day later", overlap - time.Millisecond, second, []string{second, first}, true},
			{"a day later", time.Millisecond, second, []string{second}, true},
			{"a year later", models.LongestSession - overlap + store.KeptFor, second, []string{second}, true},
			{"when no session can be left", time.Millisecond, second, []string{second}, false},
		} {
			i.clock.Advance(step.after)
			_, err := i.Store.Purge(ctx)
			fatal(t, err)
			i.refresh(signer)
			if _, kid := i.signed(signer); kid != step.signs {
				t.Errorf("%s: %s signs, want %s", step.name, kid, step.signs)
			}
			if got := i.published(signer); !slices.Equal(got, step.published) {
				t.Errorf("%s: published %v, want %v", step.name, got, step.published)
			}
			if _, err := signer.Verify(project, old, i.clock.Now()); (err == nil) != step.opens {
				t.Errorf("%s: the first key's token: got %v, want it taken: %v", step.name, err, step.opens)
			}
		}
	})
}

// A server picks the key by the time, not by when it heard of it.
func TestAServerChangesKeysWithoutBeingTold(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		signer := load(t, i.Loader, one(DefaultAlgorithm))
		second := KeyName(*i.rotate(DefaultAlgorithm))
		i.refresh(signer)
		i.clock.Advance(overlap)
		if _, kid := i.signed(signer); kid != second {
			t.Errorf("%s signs, want %s", kid, second)
		}
	})
}

func TestReplicasAgreeAllThroughARotation(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		one, other := load(t, i.Loader, one(DefaultAlgorithm)), load(t, i.Loader, one(DefaultAlgorithm))
		i.rotate(string(jose.EdDSA))
		for range 4 {
			i.refresh(one) // the other is late
			token, kid := i.signed(one)
			if got := i.published(other); !slices.Contains(got, kid) {
				t.Errorf("the late one publishes %v, without the key that signs, %s", got, kid)
			}
			if _, err := other.Verify(project, token, i.clock.Now()); err != nil {
				t.Errorf("the late one: %v", err)
			}
			i.refresh(other)
			if _, otherKid := i.signed(other); otherKid != kid {
				t.Errorf("%s and %s sign at once", kid, otherKid)
			}
			i.clock.Advance(overlap/2 + time.Millisecond)
		}
	})
}

func TestOneKeyWaitsAtATime(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		if first := i.rotate(DefaultAlgorithm); first.Generation != 1 || first.TakesOver() != models.At(epoch) {
			t.Errorf("got %+v, want the first, from now on", first)
		}
		second := i.rotate(DefaultAlgorithm)
		if want := models.At(epoch).Add(overlap); second.Generation != 2 || second.SignsFrom != want {
			t.Errorf("got %+v, want the second, in a day", second)
		}
		i.clock.Advance(overlap - time.Millisecond)
		if waiting, err := i.Rotate(ctx, project, DefaultAlgorithm); !errors.Is(err, ErrKeyWaiting) || waiting.ID != second.ID {
			t.Errorf("got %+v, %v, want the second, %v", waiting, err, ErrKeyWaiting)
		}
		i.clock.Advance(time.Millisecond)
		if third := i.rotate(DefaultAlgorithm); third.Generation != 3 {
			t.Errorf("got %+v, want the third", third)
		}
	})
}

func TestOfManyWhoRotateAtOnceOneDoes(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		i.rotate(DefaultAlgorithm)
		keys, errs := make([]*models.SigningKey, 8), make([]error, 8)
		var all sync.WaitGroup
		for n := range keys {
			all.Go(func() { keys[n], errs[n] = i.Rotate(ctx, project, DefaultAlgorithm) })
		}
		all.Wait()
		added := 0
		for n, err := range errs {
			switch {
			case err == nil:
				added++
			case !errors.Is(err, ErrKeyWaiting):
				t.Error(err)
			}
			if keys[n].ID != keys[0].ID || keys[n].Generation != 2 {
				t.Errorf("got %+v and %+v, want one key for all", keys[n], keys[0])
			}
		}
		if added != 1 {
			t.Errorf("%d added a key, want 1", added)
		}
	})
}

func TestAChangedAlgorithmTakesEffectAfterADay(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		_, first := i.signed(load(t, i.Loader, one(string(jose.ES256))))
		signer := load(t, i.Loader, one(string(jose.EdDSA)))
		if _, kid := i.signed(signer); kid != first {
			t.Errorf("at once %s signs, want %s", kid, first)
		}
		waiting := signer.Waiting(i.clock.Now())
		if len(waiting) != 1 || waiting[0].Algorithm != "EdDSA" || waiting[0].SignsFrom != models.At(epoch).Add(overlap) {
			t.Fatalf("got waiting %+v, want one for EdDSA in a day", waiting)
		}
		i.clock.Advance(overlap)
		if _, kid := i.signed(signer); kid != KeyName(waiting[0]) {
			t.Errorf("after a day %s signs, want %s", kid, KeyName(waiting[0]))
		}
		if again := load(t, i.Loader, one(string(jose.EdDSA))); len(i.published(again)) != 2 || len(again.Waiting(i.clock.Now())) != 0 {
			t.Error("a restart made another key")
		}
	})
}

// Two changes in one day: the second waits until the first has taken effect, and needs
// nobody to come back for it.
func TestAnAlgorithmThatIsChangedAgainWaitsItsTurn(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		load(t, i.Loader, one(string(jose.ES256)))
		load(t, i.Loader, one(string(jose.EdDSA)))
		signer := load(t, i.Loader, one(string(jose.ES256)))
		if got := len(i.published(signer)); got != 2 {
			t.Errorf("published %d keys, want 2", got)
		}
		i.clock.Advance(overlap)
		i.refresh(signer)
		if waiting := signer.Waiting(i.clock.Now()); len(waiting) != 1 || waiting[0].Algorithm != "ES256" {
			t.Errorf("got waiting %+v, want one for ES256", waiting)
		}
	})
}

// A clock that is behind the one which made the keys must not leave nobody to sign.
func TestAServerWhoseClockIsBehindSigns(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		signer := load(t, i.Loader, one(DefaultAlgorithm))
		_, first := i.signed(signer)
		i.rotate(DefaultAlgorithm)
		i.refresh(signer)
		i.clock.Advance(-2 * time.Hour)
		if _, kid := i.signed(signer); kid != first {
			t.Errorf("%s signs, want %s", kid, first)
		}
	})
}

// A database that does not answer must not take the keys away.
func TestARefreshThatFailsLeavesTheKeys(t *testing.T) {
	eachInstallation(t, func(i *installation) {
		signer := load(t, i.Loader, one(DefaultAlgorithm))
		_, kid := i.signed(signer)
		i.rotate(DefaultAlgorithm)
		i.Keys = ring(t, 8) // cannot open what it finds
		if err := signer.Refresh(ctx); !errors.Is(err, sealed.ErrUnwrap) {
			t.Errorf("got %v, want %v", err, sealed.ErrUnwrap)
		}
		if got := i.published(signer); !slices.Equal(got, []string{kid}) {
			t.Errorf("published %v, want %v", got, kid)
		}
	})
}

// The program before this one wrote no SignsFrom: its keys signed at once.
func TestKeysOfTheProgramBefore(t *testing.T) {
	now := models.At(epoch)
	keys := []models.SigningKey{{CreatedAt: now.Add(-time.Hour)}, {CreatedAt: now.Add(-48 * time.Hour)}, {CreatedAt: now.Add(-96 * time.Hour)}}
	if got, want := KeyStates(keys, now), []KeyState{KeySigning, KeyRetiring, KeyRetired}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
