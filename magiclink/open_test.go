package magiclink

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

func (w *world) open(f flow) *Opening {
	w.Helper()
	opening, err := w.Open(ctx, f.token)
	fatal(w, err)
	return opening
}

// wantNotOpened wants Open to refuse with the reason.
func (w *world) wantNotOpened(f flow, reason models.LinkState) {
	w.Helper()
	opening, err := w.Open(ctx, f.token)
	if opening != nil {
		w.Errorf("got %+v, want no opening", opening)
	}
	w.wantReason(err, reason)
}

func TestOpenLeadsOnWithTheTokenAndTheFlow(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start(leadingTo(appAny + "?b=%20+&a=/?"))
		opening := w.open(f)
		if want := appAny + "?b=%20+&a=/?&flow="; !strings.HasPrefix(opening.Location, want) || opening.IsNative {
			t.Errorf("got %+v, want a web URL that begins with %s", opening, want)
		}
		query := w.query(opening.Location)
		delete(query, "a")
		delete(query, "b")
		want := map[string]string{"token": f.token, "token_type": "magic_links", "flow": ChallengeOf(f.verifier)[:16]}
		if !maps.Equal(query, want) {
			t.Errorf("got %v, want %v", query, want)
		}
	})
}

func TestALandingHasTheVendorsNameWhereItsDoorIsListed(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start(in(optional), with(""))
		want := map[string]string{"token": f.token, "token_type": "magic_links", "stytch_token_type": "magic_links"}
		if query := w.query(w.open(f).Location); !maps.Equal(query, want) {
			t.Errorf("got %v, want %v: no flow without a challenge", query, want)
		}
	})
}

func TestOpenTellsAnAppsOwnScheme(t *testing.T) {
	eachWorld(t, func(w *world) {
		opening := w.open(w.start(leadingTo(native)))
		if !opening.IsNative || !strings.HasPrefix(opening.Location, native+"?flow=") {
			t.Errorf("got %+v, want a native one that begins with %s", opening, native)
		}
	})
}

func TestOpenedAHundredTimesALinkIsStillGood(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		for range 100 {
			w.open(f)
		}
		w.wantState(f, models.LinkAlive)
		w.redeem(f)
	})
}

func TestTheFirstOpeningIsNoted(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		w.open(f)
		opened := w.waitForOpening(f)
		w.clock.Advance(time.Minute)
		w.open(f)
		if again := w.waitForOpening(f); opened != models.At(epoch) || again != opened {
			t.Errorf("got %v, then %v, want %v both times", opened.Time(), again.Time(), epoch)
		}
	})
}

// waitForOpening: Open does not wait for its note, and nothing tells when it is
// written.
func (w *world) waitForOpening(f flow) models.Instant {
	w.Helper()
	waiting, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		link, err := w.Store.Read(waiting).Link(f.link.ID)
		fatal(w, err)
		if link.OpenedAt != nil {
			return *link.OpenedAt
		}
		runtime.Gosched()
	}
}

func TestWhatIsNoTokenOfOursIsNotFound(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		session, err := w.Keys.Seal(1, sealed.Session, f.link.ID)
		fatal(t, err)
		last := strings.IndexByte("AB", f.token[43]) + 1
		for name, token := range map[string]string{
			"nothing": "", "a word": "token", "another purpose": session, "the link's id": f.link.ID.String(),
			"a MAC that is wrong": f.token[:43] + "ABC"[last:last+1], "padding": f.token + "=",
			"a line break": f.token + "\n", "too long": f.token + "A", "too short": f.token[:43],
		} {
			if opening, err := w.Open(ctx, token); !errors.Is(err, problem.MagicLinkNotFound) {
				t.Errorf("open with %s: got %+v, %v, want %v", name, opening, err, problem.MagicLinkNotFound)
			}
			w.refuses(problem.MagicLinkNotFound, flow{project: required, token: token, verifier: f.verifier})
		}
		w.wantState(f, models.LinkAlive)
	})
}

func TestADeadLinkSaysWhyItDied(t *testing.T) {
	eachWorld(t, func(w *world) {
		redeemed := w.start()
		sibling := w.start(with(ChallengeOf(redeemed.verifier)))
		sibling.verifier = redeemed.verifier
		w.redeem(redeemed)
		expired := w.start(to("eve@example.com"))
		w.clock.Advance(signupTTL)
		for reason, f := range map[models.LinkState]flow{
			models.LinkRedeemed: redeemed, models.LinkRevoked: sibling, models.LinkExpired: expired,
		} {
			w.wantNotOpened(f, reason)
			before := w.rows()
			for _, verifier := range []string{f.verifier, exampleVerifier, ""} {
				_, err := w.Redeem(ctx, f.request(by(verifier)))
				w.wantReason(err, reason)
			}
			if after := w.rows(); !maps.Equal(after, before) {
				t.Errorf("%s: rows: got %v, want %v", reason, after, before)
			}
		}
	})
}

func TestAPurgedLinkSaysSo(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		sent := w.event(models.EventMailSent, f.link, &models.Email{Identity: ada}, "")
		fatal(t, w.Store.Write(ctx, func(tx *store.Tx) error { return tx.SettleMail(w.mails[0], models.MailSent, "250", &sent) }))
		w.clock.Advance(signupTTL + store.KeptFor + time.Millisecond)
		_, err := w.Store.Purge(ctx)
		fatal(t, err)
		w.wantNotOpened(f, "purged")
		_, err = w.Redeem(ctx, f.request())
		w.wantReason(err, "purged")
	})
}

func TestALinkDiesOnTheMillisecond(t *testing.T) {
	eachWorld(t, func(w *world) {
		f, other := w.start(), w.start()
		w.clock.Advance(signupTTL - time.Millisecond)
		w.open(f)
		w.redeem(f)
		w.clock.Advance(time.Millisecond)
		w.wantNotOpened(other, models.LinkExpired)
		_, err := w.Redeem(ctx, other.request())
		w.wantReason(err, models.LinkExpired)
		if rows := w.rows(); rows["sessions"] != 0 || rows["events"] != 1 {
			t.Errorf("rows: got %v, want no session and one event", rows)
		}
	})
}

func TestALinkDoesNotOutliveTheTrustInItsURL(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		kept := w.Projects[required].Redirects
		w.Projects[required].Redirects.Entries = kept.Entries[1:]
		if opening, err := w.Open(ctx, f.token); !errors.Is(err, problem.NoMatchForRedirectURL) {
			t.Errorf("got %+v, %v, want %v", opening, err, problem.NoMatchForRedirectURL)
		}
		w.Projects[required].Redirects = kept
		w.open(f)
		delete(w.Projects, required)
		if opening, err := w.Open(ctx, f.token); !errors.Is(err, problem.ProjectNotFound) {
			t.Errorf("got %+v, %v, want %v", opening, err, problem.ProjectNotFound)
		}
	})
}
