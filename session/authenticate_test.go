package session

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

func TestAuthenticateByTokenAndByJWT(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		for _, c := range []Credentials{byToken(s), byJWT(s)} {
			w.clock.Advance(time.Minute)
			got := w.authenticate(s, c)
			want := s.Session
			want.LastAccessedAt = models.At(w.clock.Now())
			if !reflect.DeepEqual(got.Session, want) {
				t.Errorf("session:\n got %+v\nwant %+v", got.Session, want)
			}
			if got.User.ID != s.Session.UserID || len(got.Emails) != 1 || got.Emails[0].ID != s.Session.FactorID {
				t.Errorf("got %+v and %+v, want the session's person", got.User, got.Emails)
			}
			if got.Token != s.Token || got.JWT == s.JWT {
				t.Error("want the same token and a fresh JWT")
			}
			stored, err := w.Store.Read(ctx).Session(project, s.Session.ID)
			if err != nil || !reflect.DeepEqual(*stored, want) {
				t.Errorf("stored:\n got %+v, %v\nwant %+v", stored, err, want)
			}
		}
	})
}

func TestCredentialsOpenNothingBeforeTheRowIsWritten(t *testing.T) {
	eachWorld(t, func(w *world) {
		s, err := w.Prepare(ctx, Grant{
			User: models.User{ID: models.NewID(epoch), ProjectID: project}, Factor: models.NewID(epoch), Method: models.MethodLink, Life: time.Hour,
		})
		fatal(t, err)
		w.wantOver(s)
	})
}

func TestEverySessionHasATokenOfItsOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		one, other := w.begin(project, time.Hour), w.begin(project, time.Hour)
		if one.Token == other.Token || one.Session.TokenID == one.Session.ID {
			t.Errorf("got %+v and %+v, want two tokens that seal an id of their own", one.Session, other.Session)
		}
		byID, err := w.Keys.Seal(1, sealed.Session, one.Session.ID)
		fatal(t, err)
		_, err = w.Authenticate(ctx, project, Credentials{Token: byID}, Changes{})
		w.wantErr(err, problem.SessionNotFound)
	})
}

func TestAnExpiredJWTIsGoodWhileItsSessionLives(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		w.clock.Advance(time.Hour - time.Millisecond)
		w.authenticate(s, byJWT(s))
		w.clock.Advance(time.Millisecond)
		w.wantOver(s)
	})
}

func TestAFreshJWTIsGoodAfterTheClockWasSetBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.clock.Advance(2 * time.Hour)
		s := w.begin(project, time.Hour)
		w.clock.Advance(-2 * time.Hour)
		fresh := w.authenticate(s, byToken(s)).Issued
		w.authenticate(s, byJWT(&fresh))
	})
}

func TestASessionIsExtendedFromNow(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		w.clock.Advance(time.Hour - time.Minute)
		day := 24 * 60
		got, err := w.Authenticate(ctx, project, byToken(s), Changes{Minutes: &day})
		fatal(t, err)
		if want := models.At(w.clock.Now()).Add(24 * time.Hour); got.Session.ExpiresAt != want {
			t.Errorf("got %v, want %v", got.Session.ExpiresAt.Time(), want.Time())
		}
		w.clock.Advance(24*time.Hour - time.Millisecond)
		w.authenticate(s, byToken(s))
		w.clock.Advance(time.Millisecond)
		w.wantOver(s)
	})
}

func TestADeadSessionIsNotExtended(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		w.clock.Advance(time.Hour)
		day := 24 * 60
		_, err := w.Authenticate(ctx, project, byToken(s), Changes{Minutes: &day})
		w.wantErr(err, problem.SessionNotFound)
		w.wantOver(s)
	})
}

func TestTheLimitsOfASession(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		for minutes, taken := range map[int]bool{4: false, 5: true, 527040: true, 527041: false, 0: false, -5: false} {
			_, err := w.Authenticate(ctx, project, byToken(s), Changes{Minutes: &minutes})
			if taken {
				fatal(t, err)
			} else {
				w.wantErr(err, problem.InvalidSessionDuration)
			}
		}
	})
}

func TestExactlyOneCredential(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		_, err := w.Authenticate(ctx, project, Credentials{}, Changes{})
		w.wantErr(err, problem.NoSessionArguments)
		_, err = w.Authenticate(ctx, project, Credentials{Token: s.Token, JWT: s.JWT}, Changes{})
		w.wantErr(err, problem.TooManySessionArguments)
		w.wantErr(w.Revoke(ctx, project, Revocation{}), problem.NoSessionRevokeArguments)
		id := models.PublicID("session", project, s.Session.ID)
		for _, r := range []Revocation{
			{SessionID: id, Credentials: byToken(s)}, {SessionID: id, Credentials: byJWT(s)},
			{Credentials: Credentials{Token: s.Token, JWT: s.JWT}}, {SessionID: id, Credentials: Credentials{Token: s.Token, JWT: s.JWT}},
		} {
			w.wantErr(w.Revoke(ctx, project, r), problem.TooManySessionRevokeArguments)
		}
		w.authenticate(s, byToken(s))
	})
}

func TestTokensThatAreNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		link, err := w.Keys.Seal(1, sealed.Link, s.Session.TokenID)
		fatal(t, err)
		foreign, err := ring(t, 8).Seal(1, sealed.Session, s.Session.TokenID)
		fatal(t, err)
		for token, want := range map[string]*problem.Problem{
			"x": problem.InvalidSessionToken, s.Token + "=": problem.InvalidSessionToken, s.Token[:43]: problem.InvalidSessionToken,
			s.Token[:43] + "\n": problem.InvalidSessionToken, strings.Repeat("A", 44): problem.SessionNotFound,
			link: problem.SessionNotFound, foreign: problem.SessionNotFound,
		} {
			_, err := w.Authenticate(ctx, project, Credentials{Token: token}, Changes{})
			w.wantErr(err, want)
			w.wantErr(w.Revoke(ctx, project, Revocation{Credentials: Credentials{Token: token}}), want)
		}
	})
}

func TestASessionEndsAtOnceByAnyOfTheThree(t *testing.T) {
	eachWorld(t, func(w *world) {
		for name, revocation := range map[string]func(*Issued) Revocation{
			"id": func(s *Issued) Revocation {
				return Revocation{SessionID: models.PublicID("session", project, s.Session.ID)}
			},
			"token": func(s *Issued) Revocation { return Revocation{Credentials: byToken(s)} },
			"JWT":   func(s *Issued) Revocation { return Revocation{Credentials: byJWT(s)} },
		} {
			w.Run(name, func(t *testing.T) {
				s, kept := w.begin(project, 24*time.Hour), w.begin(project, 24*time.Hour)
				w.clock.Advance(time.Hour) // the JWT has expired
				fatal(t, w.Revoke(ctx, project, revocation(s)))
				w.wantOver(s)
				w.wantErr(w.Revoke(ctx, project, revocation(s)), problem.SessionNotFound)
				w.authenticate(kept, byToken(kept))
			})
		}
	})
}

func TestSessionIDsThatAreNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		id := models.PublicID("session", project, s.Session.ID)
		for given, want := range map[string]*problem.Problem{
			"x":                   problem.InvalidSessionID,
			s.Session.ID.String(): problem.InvalidSessionID,
			strings.ToUpper(id):   problem.InvalidSessionID,
			id + " ":              problem.InvalidSessionID,
			models.PublicID("session", live, s.Session.ID):           problem.InvalidSessionID,
			models.PublicID("user", project, s.Session.ID):           problem.InvalidSessionID,
			models.PublicID("session", project, models.NewID(epoch)): problem.SessionNotFound,
		} {
			w.wantErr(w.Revoke(ctx, project, Revocation{SessionID: given}), want)
		}
		w.authenticate(s, byToken(s))
	})
}

func TestASessionBelongsToItsProject(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		id := models.PublicID("session", project, s.Session.ID)
		_, err := w.Authenticate(ctx, another, byToken(s), Changes{})
		w.wantErr(err, problem.SessionNotFound)
		_, err = w.Authenticate(ctx, another, byJWT(s), Changes{})
		w.wantErr(err, problem.InvalidSessionJWT)
		_, err = w.Authenticate(ctx, "project-test-none", byJWT(s), Changes{})
		w.wantErr(err, problem.InvalidSessionJWT)
		w.wantErr(w.Revoke(ctx, another, Revocation{SessionID: id}), problem.SessionNotFound)
		w.wantErr(w.Revoke(ctx, another, Revocation{Credentials: byToken(s)}), problem.SessionNotFound)
		w.wantErr(w.Revoke(ctx, another, Revocation{Credentials: byJWT(s)}), problem.InvalidSessionJWT)
		w.authenticate(s, byToken(s))
	})
}

// A revocation may come between the look and the write.
func TestARevokedSessionIsNotTouched(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		fatal(t, w.Store.Write(ctx, func(tx *store.Tx) error {
			return tx.RevokeSession(project, s.Session.ID, models.At(epoch))
		}))
		stale := s.Session
		w.wantErr(w.touch(ctx, &stale, nil, nil), problem.SessionNotFound)
	})
}

// The address may be deleted at the very moment when its session is asked for.
func TestAnAddressThatIsGoneIsNoFault(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		grant := again(s, byToken(s))
		grant.Factor = models.NewID(epoch)
		next := w.prepare(grant)
		fatal(w, w.keep(next))
		got := w.authenticate(next, byToken(next))
		factors := DetailsOf(got.Session, got.Emails).AuthenticationFactors
		if len(factors) != 2 || factors[0].EmailFactor.EmailAddress == "" || factors[1].EmailFactor.EmailAddress != "" {
			t.Errorf("got %+v, want two factors, the second without its address", factors)
		}
	})
}

func TestASessionWithoutItsPersonIsOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.prepare(Grant{
			User: models.User{ID: models.NewID(epoch), ProjectID: project}, Factor: models.NewID(epoch), Method: models.MethodLink, Life: time.Hour,
		})
		fatal(w, w.keep(s))
		w.wantOver(s)
	})
}

func TestOfTwoExtensionsAtOnceOneCounts(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		ends := make([]models.Instant, 2)
		var all sync.WaitGroup
		for i, minutes := range []int{120, 240} {
			all.Go(func() {
				got, err := w.Authenticate(ctx, project, byToken(s), Changes{Minutes: &minutes})
				if err != nil {
					t.Error(err)
					return
				}
				ends[i] = got.Session.ExpiresAt
			})
		}
		all.Wait()
		if got := w.stored(s).ExpiresAt; !slices.Contains(ends, got) || ends[0] == ends[1] {
			t.Errorf("got end %v, want one of %v", got, ends)
		}
	})
}
