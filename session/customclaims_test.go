package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

func (w *world) change(s *Issued, changes models.Object) (*Authenticated, error) {
	return w.Authenticate(ctx, project, byToken(s), Changes{Claims: changes})
}

func TestCustomClaimsAreMergedAndNullDeletes(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		for _, step := range []struct{ changes, want models.Object }{
			{models.Object{"role": "admin", "seats": 3.0}, models.Object{"role": "admin", "seats": 3.0}},
			{models.Object{"role": map[string]any{"of": nil}}, models.Object{"role": map[string]any{"of": nil}, "seats": 3.0}},
			{nil, models.Object{"role": map[string]any{"of": nil}, "seats": 3.0}},
			{models.Object{"role": nil, "unknown": nil, "": false}, models.Object{"": false, "seats": 3.0}},
			{models.Object{"seats": nil, "": nil}, nil},
		} {
			got, err := w.change(s, step.changes)
			fatal(w, err)
			stored := w.stored(s)
			if len(step.want)+len(stored.CustomClaims) > 0 && !reflect.DeepEqual(stored.CustomClaims, step.want) {
				t.Errorf("%v: stored %v, want %v", step.changes, stored.CustomClaims, step.want)
			}
			claims := read(t, got.JWT)
			for _, own := range []string{"iss", "sub", "aud", "exp", "nbf", "iat", "session"} {
				delete(claims, own)
			}
			inJWT, err := json.Marshal(claims)
			fatal(w, err)
			want, err := json.Marshal(maps.Clone(step.want))
			fatal(w, err)
			if len(step.want) > 0 && string(inJWT) != string(want) || len(step.want) == 0 && len(claims) > 0 {
				t.Errorf("%v: in the JWT %s, want %s", step.changes, inJWT, want)
			}
		}
	})
}

// What everybody checks a token by is never the app's to say.
func TestRegisteredClaimsAreIgnored(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		changes := models.Object{"role": "admin"}
		for _, name := range registered {
			changes[name], changes[strings.ToUpper(name)] = "mine", "mine"
		}
		got, err := w.change(s, changes)
		fatal(w, err)
		if want := (models.Object{"role": "admin"}); !reflect.DeepEqual(got.Session.CustomClaims, want) {
			t.Errorf("got %v, want %v", got.Session.CustomClaims, want)
		}
		if id, err := w.Signer.Verify(project, got.JWT, w.clock.Now()); err != nil || id != s.Session.ID {
			t.Errorf("the JWT: got %v, %v", id, err)
		}
	})
}

func TestReservedClaimsAreRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		for _, name := range []string{"session", "Session", "ſession", "https://stytch.com/session", "HTTPS://stytch.com/session"} {
			for _, value := range []any{"mine", nil} {
				_, err := w.change(w.begin(project, time.Hour), models.Object{"role": "admin", name: value})
				if !errors.Is(err, problem.ReservedClaims) {
					t.Errorf("%s = %v: got %v, want %v", name, value, err, problem.ReservedClaims)
				}
			}
		}
	})
}

// The bound is on what there is in the end, so that many small steps do not pass it.
func TestCustomClaimsAreAtMost4KiB(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		claims := func(name string, size int) models.Object { return models.Object{name: strings.Repeat("x", size)} }
		const around = len(`{"a":""}`)
		_, err := w.change(s, claims("a", maxClaims-around+1))
		w.wantErr(err, problem.CustomClaimsTooLarge)
		_, err = w.change(s, claims("a", maxClaims-around))
		fatal(w, err)
		before := w.stored(s)
		w.clock.Advance(time.Minute)
		_, err = w.change(s, claims("b", 0))
		w.wantErr(err, problem.CustomClaimsTooLarge)
		if got := w.stored(s); !reflect.DeepEqual(got, before) {
			t.Errorf("after a refusal: got %+v, want %+v", got, before)
		}
		_, err = w.change(s, models.Object{"a": nil, "b": ""})
		fatal(w, err)
	})
}

func TestOfManyChangesAtOnceNoneIsLost(t *testing.T) {
	eachWorld(t, func(w *world) {
		const apps = 20
		s := w.begin(project, time.Hour)
		var all sync.WaitGroup
		for i := range apps {
			all.Go(func() {
				if _, err := w.change(s, models.Object{fmt.Sprint(i): true}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := w.stored(s).CustomClaims; len(got) != apps {
			t.Errorf("got %v, want %d claims", slices.Sorted(maps.Keys(got)), apps)
		}
	})
}

func TestClaimsOfASessionThatEndedMeanwhileAreNotChanged(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
			return tx.RevokeSession(project, s.Session.ID, models.At(epoch))
		}))
		stale := s.Session
		w.wantErr(w.touch(ctx, &stale, nil, models.Object{"role": "admin"}), problem.SessionNotFound)
	})
}
