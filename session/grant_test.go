package session

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// again is a grant for the person of a session to go on in it, with a code this time.
func again(s *Issued, c Credentials) Grant {
	return Grant{
		User:   models.User{ID: s.Session.UserID, ProjectID: s.Session.ProjectID},
		Emails: s.Emails, Factor: s.Session.FactorID, Method: models.MethodCode, Continues: c,
	}
}

func (w *world) prepare(g Grant) *Issued {
	w.Helper()
	issued, err := w.Prepare(ctx, g)
	fatal(w, err)
	return issued
}

func (w *world) keep(issued *Issued) error {
	return w.Store.Write(ctx, func(tx *store.Tx) error { return w.Keep(tx, issued) })
}

func (w *world) stored(s *Issued) models.Session {
	w.Helper()
	session, err := w.Store.Read(ctx).Session(s.Session.ProjectID, s.Session.ID)
	fatal(w, err)
	return *session
}

func TestASessionThatGoesOnGetsANewToken(t *testing.T) {
	eachWorld(t, func(w *world) {
		for name, credentials := range map[string]func(*Issued) Credentials{"token": byToken, "JWT": byJWT} {
			s := w.begin(project, time.Hour)
			w.clock.Advance(10 * time.Minute)
			now := models.At(w.clock.Now())
			next := w.prepare(again(s, credentials(s)))
			w.authenticate(s, byToken(s)) // nothing is written yet
			fatal(w, w.keep(next))

			want := s.Session
			want.TokenID, want.PreviousTokenID, want.LastAccessedAt = next.Session.TokenID, &s.Session.TokenID, now
			want.MoreFactors = models.Factors{{Method: models.MethodCode, ID: s.Session.FactorID, CreatedAt: now, AuthenticatedAt: now}}
			if got := w.stored(s); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(next.Session, want) {
				t.Errorf("by %s:\nstored   %+v\nprepared %+v\nwant     %+v", name, got, next.Session, want)
			}
			_, err := w.Authenticate(ctx, project, byToken(s), Changes{})
			w.wantErr(err, problem.SessionNotFound)
			for _, c := range []Credentials{byToken(next), byJWT(next)} {
				if got := w.authenticate(next, c); got.Session.ID != s.Session.ID || got.Token != next.Token {
					t.Errorf("by %s: got %+v, want the same session by its new token", name, got.Session)
				}
			}
		}
	})
}

func TestASessionThatGoesOnIsExtendedWhereADurationIsGiven(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		w.clock.Advance(time.Minute)
		grant := again(s, byToken(s))
		grant.Life = 24 * time.Hour
		fatal(w, w.keep(w.prepare(grant)))
		if got, want := w.stored(s).ExpiresAt, models.At(w.clock.Now()).Add(24*time.Hour); got != want {
			t.Errorf("got %v, want %v", got.Time(), want.Time())
		}
	})
}

// The end may have been moved after Prepare looked; without a duration it stays so.
func TestGoingOnLeavesWhatSomebodyElseChanged(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		grant := again(s, byToken(s))
		grant.Claims = models.Object{"step": "up"}
		next := w.prepare(grant)
		day := 24 * 60
		_, err := w.Authenticate(ctx, project, byToken(s), Changes{Minutes: &day, Claims: models.Object{"role": "admin"}})
		fatal(w, err)
		fatal(w, w.keep(next))
		got := w.stored(s)
		if want := models.At(epoch).Add(24 * time.Hour); got.ExpiresAt != want {
			t.Errorf("end: got %v, want %v", got.ExpiresAt.Time(), want.Time())
		}
		if want := (models.Object{"step": "up", "role": "admin"}); !reflect.DeepEqual(got.CustomClaims, want) {
			t.Errorf("claims: got %v, want %v", got.CustomClaims, want)
		}
	})
}

func TestASessionGoesOnForItsPersonOnly(t *testing.T) {
	eachWorld(t, func(w *world) {
		s, revoked, expired := w.begin(project, time.Hour), w.begin(project, time.Hour), w.begin(project, 5*time.Minute)
		stranger, foreign := w.begin(project, time.Hour), w.begin(another, time.Hour)
		fatal(w, w.Revoke(ctx, project, Revocation{Credentials: byToken(revoked)}))
		w.clock.Advance(5 * time.Minute)
		for name, tc := range map[string]struct {
			credentials Credentials
			want        error
		}{
			"another person's token":  {byToken(stranger), problem.SessionNotFound},
			"another person's JWT":    {byJWT(stranger), problem.SessionNotFound},
			"another project's token": {byToken(foreign), problem.SessionNotFound},
			"another project's JWT":   {byJWT(foreign), problem.InvalidSessionJWT},
			"both":                    {Credentials{Token: s.Token, JWT: s.JWT}, problem.TooManySessionArguments},
			"a word":                  {Credentials{Token: "x"}, problem.InvalidSessionToken},
		} {
			if _, err := w.Prepare(ctx, again(s, tc.credentials)); !errors.Is(err, tc.want) {
				t.Errorf("%s: got %v, want %v", name, err, tc.want)
			}
		}
		for _, over := range []*Issued{revoked, expired} {
			for _, c := range []Credentials{byToken(over), byJWT(over)} {
				_, err := w.Prepare(ctx, again(over, c))
				w.wantErr(err, problem.SessionNotFound)
			}
		}
		w.authenticate(s, byToken(s))
	})
}

// A revocation may come between the look and the write.
func TestASessionThatEndedMeanwhileDoesNotGoOn(t *testing.T) {
	eachWorld(t, func(w *world) {
		for name, end := range map[string]func(*Issued){
			"revoked": func(s *Issued) { fatal(w, w.Revoke(ctx, project, Revocation{Credentials: byToken(s)})) },
			"purged":  func(s *Issued) { w.clock.Advance(2*time.Hour + store.KeptFor); w.purge() },
		} {
			s := w.begin(project, time.Hour)
			next := w.prepare(again(s, byToken(s)))
			end(s)
			if err := w.keep(next); !errors.Is(err, store.ErrConflict) {
				t.Errorf("%s: got %v, want %v", name, err, store.ErrConflict)
			}
			w.wantOver(next)
		}
	})
}

func (w *world) purge() {
	w.Helper()
	_, err := w.Store.Purge(ctx)
	fatal(w, err)
}

// A session has one token: of many who go on in it at once, one gets it.
func TestOfManyWhoGoOnAtOnceOneDoes(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		prepared := make([]*Issued, 50)
		for i := range prepared {
			prepared[i] = w.prepare(again(s, byJWT(s)))
		}
		var won atomic.Pointer[Issued]
		var all sync.WaitGroup
		for _, next := range prepared {
			all.Go(func() {
				switch err := w.keep(next); {
				case err == nil:
					if !won.CompareAndSwap(nil, next) {
						t.Error("two went on")
					}
				case !errors.Is(err, store.ErrConflict):
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.authenticate(s, byToken(won.Load()))
		if got := w.stored(s).MoreFactors; len(got) != 1 {
			t.Errorf("got factors %+v, want one more", got)
		}
	})
}

func TestABadClaimIsRefusedBeforeAnythingIsMade(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		for _, c := range []Credentials{{}, byToken(s)} {
			grant := again(s, c)
			grant.Claims = models.Object{"session": "mine"}
			_, err := w.Prepare(ctx, grant)
			w.wantErr(err, problem.ReservedClaims)
			grant.Claims = models.Object{"big": strings.Repeat("x", maxClaims)}
			_, err = w.Prepare(ctx, grant)
			w.wantErr(err, problem.CustomClaimsTooLarge)
		}
	})
}

func TestANewSessionHasTheClaimsItWasGranted(t *testing.T) {
	eachWorld(t, func(w *world) {
		grant := again(w.begin(project, time.Hour), Credentials{})
		grant.Life, grant.Claims = time.Hour, models.Object{"role": "admin", "gone": nil}
		s := w.prepare(grant)
		fatal(w, w.keep(s))
		if got, want := w.stored(s).CustomClaims, (models.Object{"role": "admin"}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := string(read(t, s.JWT)["role"]); got != `"admin"` {
			t.Errorf("in the JWT: got %s, want \"admin\"", got)
		}
	})
}
