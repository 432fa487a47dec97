package magiclink

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

func TestARedemptionProvesTheAddressAndStartsASession(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		w.clock.Advance(time.Minute)
		now := models.At(w.clock.Now())
		attributes := session.Attributes{IPAddress: "192.0.2.1", UserAgent: "Firefox"}
		got := w.redeem(f, forMinutes(60), func(r *RedeemRequest) { r.Attributes = attributes })
		if got.User.ID != f.started.UserID || got.FactorID != f.started.EmailID || got.User.Status != models.UserActive {
			t.Errorf("got %+v, want the active person %+v", got, f.started)
		}
		if len(got.Emails) != 1 || got.Emails[0].VerifiedAt == nil || *got.Emails[0].VerifiedAt != now {
			t.Errorf("addresses: got %+v, want one, proven now", got.Emails)
		}
		if stored := w.email(f); *stored.VerifiedAt != now {
			t.Errorf("stored address: got %+v, want it proven now", stored)
		}
		if s := got.Session.Session; s.UserID != f.started.UserID || s.ExpiresAt != now.Add(time.Hour) || s.IPAddress != "192.0.2.1" {
			t.Errorf("session: got %+v, want the person's, for an hour", s)
		}
		for name, c := range map[string]session.Credentials{"token": {Token: got.Session.Token}, "JWT": {JWT: got.Session.JWT}} {
			if _, err := w.Sessions.Authenticate(ctx, required, c, session.Changes{}); err != nil {
				t.Errorf("authenticate by the %s: %v", name, err)
			}
		}
		w.wantState(f, models.LinkRedeemed)
		if got, want := w.events(f), []models.EventKind{models.EventLinkRedeemed}; !slices.Equal(got, want) {
			t.Errorf("events: got %v, want %v", got, want)
		}
	})
}

func (w *world) email(f flow) *models.Email {
	w.Helper()
	email, err := w.Store.Read(ctx).Email(f.project, f.started.EmailID)
	fatal(w, err)
	return email
}

func TestWithoutADurationThereIsNoSession(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		if got := w.redeem(f); got.Session != nil {
			t.Errorf("got session %+v, want none", got.Session)
		}
		if n := w.rows()["sessions"]; n != 0 || w.email(f).VerifiedAt == nil {
			t.Errorf("got %d sessions and %+v, want none and a proven address", n, w.email(f))
		}
	})
}

func TestAnAddressIsProvenOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.redeem(w.start())
		w.clock.Advance(time.Minute)
		again := w.redeem(w.start())
		if at := again.Emails[0].VerifiedAt; at == nil || *at != models.At(epoch) {
			t.Errorf("got %v, want the first proof, %v", at, models.At(epoch))
		}
	})
}

// TestARefusalCostsTheLinkNothing goes through every refusal: after each the right
// verifier still redeems.
func TestARefusalCostsTheLinkNothing(t *testing.T) {
	attributes := func(a session.Attributes) func(*RedeemRequest) { return func(r *RedeemRequest) { r.Attributes = a } }
	cases := map[string]struct {
		change func(*RedeemRequest)
		want   *problem.Problem
	}{
		"no verifier":                {by(""), problem.ExpectedCodeVerifier},
		"a wrong one":                {by(exampleVerifier), problem.PKCEMismatch},
		"one of 42 characters":       {by(strings.Repeat("a", 42)), problem.InvalidCodeVerifier},
		"one of 129 characters":      {by(strings.Repeat("a", 129)), problem.InvalidCodeVerifier},
		"one with a slash":           {by(strings.Repeat("/", 43)), problem.InvalidCodeVerifier},
		"another project":            {func(r *RedeemRequest) { r.ProjectID = optional }, problem.MagicLinkNotFound},
		"no such project":            {func(r *RedeemRequest) { r.ProjectID = "" }, problem.MagicLinkNotFound},
		"a session of 4 minutes":     {forMinutes(4), problem.InvalidSessionDuration},
		"a session of none":          {forMinutes(0), problem.InvalidSessionDuration},
		"a session of over 366 days": {forMinutes(527041), problem.InvalidSessionDuration},
		"an IP address that is none": {attributes(session.Attributes{IPAddress: "x"}), problem.InvalidAttributes},
		"an IP address with a zone":  {attributes(session.Attributes{IPAddress: "fe80::1%x"}), problem.InvalidAttributes},
		"a user agent of two lines":  {attributes(session.Attributes{UserAgent: "a\nb"}), problem.InvalidAttributes},
	}
	eachWorld(t, func(w *world) {
		for name, c := range cases {
			w.Run(name, func(t *testing.T) {
				f := w.start(to(models.NewID(epoch).Reference() + "@example.com"))
				before := w.rows()
				if c.want == problem.PKCEMismatch {
					before["events"]++
				}
				if got, err := w.Redeem(ctx, f.request(c.change)); !errors.Is(err, c.want) {
					t.Errorf("got %+v, %v, want %v", got, err, c.want)
				}
				if after := w.rows(); !maps.Equal(after, before) || w.email(f).VerifiedAt != nil {
					t.Errorf("got rows %v and %+v, want %v and an unproven address", after, w.email(f), before)
				}
				if link, err := w.Store.Read(ctx).Link(f.link.ID); err != nil || *link != *f.link {
					t.Errorf("the link:\n got %+v, %v\nwant %+v", link, err, *f.link)
				}
				w.redeem(f, forMinutes(60))
			})
		}
	})
}

func TestAVerifierForALinkWithoutChallengeCostsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start(in(optional), with(""))
		w.refuses(problem.DidNotExpectCodeVerifier, f, by(exampleVerifier))
		w.wantState(f, models.LinkAlive)
		w.redeem(f)
	})
}

// The policy of the moment belongs to the link.
func TestALinkWithAChallengeNeedsItsVerifierWherePKCEIsOptional(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start(in(optional))
		w.refuses(problem.ExpectedCodeVerifier, f, by(""))
		w.redeem(f)
	})
}

func TestAWrongVerifierIsRememberedHoweverOften(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		for range 20 {
			w.refuses(problem.PKCEMismatch, f, by(NewVerifier()))
		}
		w.redeem(f)
		want := append(slices.Repeat([]models.EventKind{models.EventPKCEMismatch}, 20), models.EventLinkRedeemed)
		got := w.events(f)
		slices.Sort(got) // within a millisecond ids have no order
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("events: got %v, want %v", got, want)
		}
		rows, err := w.Store.Read(ctx).EventsOf(required, f.link.ID)
		fatal(t, err)
		for _, row := range rows {
			if !slices.Equal(row.AddressHash, w.Keys.HashAddress(ada)) || strings.Contains(row.Detail, ada) {
				t.Errorf("got %+v, want the address by its keyed hash only", row)
			}
		}
	})
}

func TestARedemptionRevokesItsOwnFlowsLinksOnly(t *testing.T) {
	eachWorld(t, func(w *world) {
		spent := w.start()
		sibling := w.start(with(ChallengeOf(spent.verifier)))
		other := w.start()
		stranger := w.start(to("eve@example.com"), with(ChallengeOf(spent.verifier)))
		elsewhere := w.start(in(optional), with(ChallengeOf(spent.verifier)))
		w.redeem(spent)
		for _, c := range []struct {
			flow
			want models.LinkState
		}{
			{spent, models.LinkRedeemed}, {sibling, models.LinkRevoked}, {other, models.LinkAlive},
			{stranger, models.LinkAlive}, {elsewhere, models.LinkAlive},
		} {
			w.wantState(c.flow, c.want)
		}
	})
}

func TestLinksWithoutAChallengeAreNoSiblings(t *testing.T) {
	eachWorld(t, func(w *world) {
		spent, other := w.start(in(optional), with("")), w.start(in(optional), with(""))
		w.redeem(spent)
		w.wantState(other, models.LinkAlive)
		w.redeem(other)
	})
}

func TestALinkIsRedeemedOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		w.redeem(f, forMinutes(60))
		_, err := w.Redeem(ctx, f.request(forMinutes(60)))
		w.wantReason(err, models.LinkRedeemed)
		if n := w.rows()["sessions"]; n != 1 {
			t.Errorf("got %d sessions, want 1", n)
		}
	})
}

func TestOfFiftyWhoRaceOneGetsIn(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		w.wantOneOf(slices.Repeat([]flow{f}, 50), models.LinkRedeemed)
	})
}

// Two links of one flow: whichever is first revokes the other.
func TestOfSiblingsWhoRaceOneGetsIn(t *testing.T) {
	eachWorld(t, func(w *world) {
		one := w.start()
		other := w.start(with(ChallengeOf(one.verifier)))
		other.verifier = one.verifier
		w.wantOneOf(slices.Repeat([]flow{one, other}, 20), "")
	})
}

// wantOneOf redeems all at once; reason is what the others are told, if it is always
// the same.
func (w *world) wantOneOf(flows []flow, reason models.LinkState) {
	w.Helper()
	var all sync.WaitGroup
	errs := make([]error, len(flows))
	for i, f := range flows {
		all.Go(func() { _, errs[i] = w.Redeem(ctx, f.request(forMinutes(60))) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, problem.UnableToAuthMagicLink):
			w.Errorf("got %v, want %v", err, problem.UnableToAuthMagicLink)
		case reason != "":
			w.wantReason(err, reason)
		}
	}
	if rows := w.rows(); won != 1 || rows["sessions"] != 1 || rows["events"] != 1 {
		w.Errorf("%d got in, rows %v, want 1 with one session and one event", won, rows)
	}
}

// spendNow is the last step of a redemption alone.
func (w *world) spendNow(link *models.MagicLink, email *models.Email, answer *Redeemed) error {
	return w.Store.Write(ctx, func(tx *store.Tx) error { return w.spend(tx, link, email, answer) })
}

// A link can die between the look and the write; the loser is told the truth.
func TestWhoLosesTheWriteIsToldWhy(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		email := w.email(f)
		spend := func() error { return w.spendNow(f.link, email, &Redeemed{}) }
		fatal(t, spend())
		if err := spend(); !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v, want %v", err, store.ErrConflict)
		}
		w.wantReason(w.lost(ctx, f.link.ID, false), models.LinkRedeemed)
		w.wantReason(w.lost(ctx, models.NewID(epoch), false), "purged")
		w.wantReason(w.lost(ctx, w.start().link.ID, false), models.LinkExpired)
	})
}

// prepareNow is a redemption up to its write.
func (w *world) prepareNow(f flow) (*Redeemed, error) {
	email := w.email(f)
	person, err := w.Store.Read(ctx).Person(email.ProjectID, email.UserID)
	fatal(w, err)
	return w.prepare(ctx, factor{method: models.MethodLink, id: email.ID}, *person, anHour())
}

func TestARedemptionThatCannotBeKeptCostsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		answer, err := w.prepareNow(f)
		fatal(t, err)
		fatal(t, w.Store.Write(ctx, func(tx *store.Tx) error { return w.Sessions.Keep(tx, answer.Session) }))
		before := w.rows()
		if err := w.spendNow(f.link, w.email(f), answer); err == nil {
			t.Error("a session with a taken id was written")
		}
		if after := w.rows(); !maps.Equal(after, before) || w.email(f).VerifiedAt != nil {
			t.Errorf("got rows %v and %+v, want %v and an unproven address", after, w.email(f), before)
		}
		w.wantState(f, models.LinkAlive)
		w.redeem(f)
	})
}

// A connection can break after COMMIT and before its answer: the link is then spent,
// and whoever spent it must get the session.
func TestARedemptionThatWasKeptButNotConfirmedIsAnswered(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		email := w.email(f)
		answer, err := w.prepareNow(f)
		fatal(t, err)
		if got, err := w.concluded(ctx, answer, store.ErrUnavailable); got != nil || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("not kept: got %v, %v", got, err)
		}
		fatal(t, w.spendNow(f.link, email, answer))
		if got, err := w.concluded(ctx, answer, store.ErrUnavailable); got != answer || err != nil {
			t.Errorf("kept: got %v, %v", got, err)
		}
		other := errors.New("another failure")
		if got, err := w.concluded(ctx, answer, other); got != nil || !errors.Is(err, other) {
			t.Errorf("another failure: got %v, %v", got, err)
		}
	})
}

func anHour() SessionRequest {
	minutes := 60
	return SessionRequest{Minutes: &minutes}
}
