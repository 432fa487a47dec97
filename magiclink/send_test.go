package magiclink

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

const (
	bob   = "bob@example.com"
	carol = "carol@example.com"
)

// stranger is somebody at a public door.
var stranger = &Caller{IP: netip.MustParseAddr("192.0.2.7")}

// signedIn is somebody who has come in, with a session.
type signedIn struct {
	flow
	*Redeemed
}

func (s signedIn) credentials() session.Credentials {
	return session.Credentials{Token: s.Session.Token}
}

func (w *world) signIn(address string) signedIn {
	w.Helper()
	f := w.start(to(address))
	w.clock.Advance(time.Millisecond) // addresses are listed by their age
	return signedIn{f, w.redeem(f, forMinutes(60))}
}

func (s signedIn) name() string { return models.PublicID("user", s.project, s.User.ID) }

// sendRequest asks for a link for an address; change may alter it.
func sendRequest(f *flow, address string, change ...func(*SendRequest)) SendRequest {
	f.project, f.verifier = required, NewVerifier()
	r := SendRequest{StartRequest: StartRequest{
		ProjectID: required, Email: address, Challenge: ChallengeOf(f.verifier), LoginURL: appURL, SignupURL: appURL,
	}}
	for _, c := range change {
		c(&r)
	}
	return r
}

func (w *world) send(address string, change ...func(*SendRequest)) (f flow) {
	w.Helper()
	var err error
	f.started, err = w.Send(ctx, sendRequest(&f, address, change...))
	fatal(w, err)
	f.link = w.mailed()
	f.token, err = w.Keys.Seal(f.link.KeyID, sealed.Link, f.link.ID)
	fatal(w, err)
	return f
}

func (w *world) refusesToSend(want *problem.Problem, address string, change ...func(*SendRequest)) {
	w.Helper()
	before, mails := w.rows(), len(w.mails)
	if started, err := w.Send(ctx, sendRequest(new(flow), address, change...)); !errors.Is(err, want) {
		w.Errorf("send to %s: got %+v, %v, want %v", address, started, err, want)
	}
	if after := w.rows(); !maps.Equal(after, before) || len(w.mails) != mails {
		w.Errorf("a refused send wrote: %v, then %v", before, after)
	}
}

func forUser(s signedIn) func(*SendRequest) { return func(r *SendRequest) { r.User = s.name() } }
func inSession(s signedIn) func(*SendRequest) {
	return func(r *SendRequest) { r.Session = s.credentials() }
}
func publicly(r *SendRequest) { r.Caller = stranger }
func goingOn(s signedIn) func(*RedeemRequest) {
	return func(r *RedeemRequest) { r.Continues = s.credentials() }
}
func atAPublicDoor(r *RedeemRequest) { r.Caller = stranger }

func TestALinkIsSentToWhoIsKnown(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.refusesToSend(problem.EmailNotFound, ada)
		known := w.signIn(ada)
		f := w.send("ADA@example.com")
		if f.started.UserID != known.User.ID || f.started.UserCreated || f.link.Kind != models.LinkLogin {
			t.Errorf("got %+v and a link for %s, want a login of %s", f.started, f.link.Kind, known.User.ID)
		}
		w.redeem(f, forMinutes(60))
		pending := w.start(to(bob), func(r *StartRequest) { r.CreateAsPending = true })
		if f := w.send(bob); f.link.Kind != models.LinkSignup || f.started.UserID != pending.started.UserID {
			t.Errorf("got %+v for %s, want a sign-up of the pending person", f.started, f.link.Kind)
		}
	})
}

func TestASendIsRefusedLikeAStart(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.signIn(ada)
		for want, change := range map[*problem.Problem]func(*SendRequest){
			problem.ExpectedCodeChallenge:   func(r *SendRequest) { r.Challenge = "" },
			problem.InvalidEmail:            func(r *SendRequest) { r.Email = "ada" },
			problem.NoMatchForRedirectURL:   func(r *SendRequest) { r.SignupURL = "https://evil.example/" },
			problem.InvalidLocale:           func(r *SendRequest) { r.Locale = "EN" },
			problem.EmailTemplateNotFound:   func(r *SendRequest) { r.LoginTemplate = "layout" },
			problem.UserNotFound:            func(r *SendRequest) { r.User = "nobody" },
			problem.SessionNotFound:         func(r *SendRequest) { r.Session.Token = strings.Repeat("A", sealed.TokenLength) },
			problem.TooManySessionArguments: func(r *SendRequest) { r.User, r.Session.Token = "somebody", "x" },
		} {
			w.refusesToSend(want, ada, change)
		}
	})
}

// Whoever may ask without a secret learns nothing: the mailbox is told.
func TestAtAPublicDoorAnUnknownAddressIsToldByMail(t *testing.T) {
	eachWorld(t, func(w *world) {
		started, err := w.Send(ctx, sendRequest(new(flow), "nobody+x@Example.com", publicly))
		fatal(t, err)
		if *started != (Started{}) {
			t.Errorf("got %+v, want nothing that a row could be told by", started)
		}
		if rows := w.rows(); rows["users"] != 0 || rows["magic_links"] != 0 || rows["queued_mails"] != 1 {
			t.Errorf("rows: got %v, want a mail and nothing else", rows)
		}
		var template, address string
		fatal(t, w.db.QueryRow("SELECT template, address FROM queued_mails").Scan(&template, &address))
		if template != "no_account" || address != "nobody+x@example.com" {
			t.Errorf("got %s to %s, want no_account to nobody+x@example.com", template, address)
		}
	})
}

func TestAnAttachedAddressIsNoIdentityUntilItIsProven(t *testing.T) {
	eachWorld(t, func(w *world) {
		known := w.signIn(ada)
		f := w.send(bob, forUser(known))
		if f.started.UserID != known.User.ID || f.link.ExpiresAt != models.At(w.clock.Now()).Add(5*time.Minute) {
			t.Errorf("got %+v until %s, want it for %s and five minutes", f.started, f.link.ExpiresAt.Time(), known.User.ID)
		}
		w.wantAddresses(known, ada, "("+bob+")")
		w.refusesToSend(problem.EmailNotFound, bob)
		if other := w.start(to(bob)); other.started.UserID == known.User.ID {
			t.Error("an unproven address led to the person it was attached to")
		}
		got := w.redeem(f, forMinutes(60))
		if got.User.ID != known.User.ID || len(got.Emails) != 2 || got.Emails[1].VerifiedAt == nil {
			t.Errorf("got %+v with %+v, want the known person with both", got.User, got.Emails)
		}
		w.wantAddresses(known, ada, bob)
		if again := w.start(to(bob)); again.started.UserID != known.User.ID {
			t.Error("the proven address leads to somebody else")
		}
	})
}

// wantAddresses wants the person to have these; in parentheses, not proven.
func (w *world) wantAddresses(s signedIn, want ...string) {
	w.Helper()
	emails, err := w.Store.Read(ctx).EmailsOf(s.project, s.User.ID)
	fatal(w, err)
	var got []string
	for _, email := range emails {
		if email.VerifiedAt == nil {
			email.Address = "(" + email.Address + ")"
		}
		got = append(got, email.Address)
	}
	if !slices.Equal(got, want) {
		w.Errorf("addresses: got %v, want %v", got, want)
	}
}

func TestAnAttachedAddressIsGoneAfterFiveMinutes(t *testing.T) {
	eachWorld(t, func(w *world) {
		known := w.signIn(ada)
		f := w.send(bob, forUser(known))
		w.clock.Advance(3 * time.Minute)
		again := w.send(bob, forUser(known))
		if again.started.EmailID != f.started.EmailID {
			t.Error("the same address was attached twice")
		}
		w.clock.Advance(5 * time.Minute)
		w.wantAddresses(known, ada)
		for _, f := range []flow{f, again} {
			w.refuses(problem.UnableToAuthMagicLink, f)
		}
		w.redeem(w.send(bob, forUser(known)))
		w.wantAddresses(known, ada, bob)
	})
}

func TestOnlySoManyAddressesWait(t *testing.T) {
	eachWorld(t, func(w *world) {
		known := w.signIn(ada)
		for _, address := range []string{"1@example.com", "2@example.com", "3@example.com", "4@example.com", "5@example.com"} {
			w.send(address, forUser(known))
		}
		w.refusesToSend(problem.TooManyUnverifiedFactors, "6@example.com", forUser(known))
		w.send("5@example.com", forUser(known))
		w.redeem(w.send("1@example.com", forUser(known)))
		w.send("6@example.com", forUser(known))
	})
}

func TestSomebodyElsesAddressIsNotAttached(t *testing.T) {
	eachWorld(t, func(w *world) {
		known, other := w.signIn(ada), w.signIn(bob)
		w.refusesToSend(problem.DuplicateEmail, bob, forUser(known))
		// At a public door only who reads bob's mailbox finds out.
		f := w.send(bob, inSession(known), publicly)
		w.refuses(problem.DuplicateEmail, f, goingOn(known))
		w.wantState(f, models.LinkAlive)
		w.wantAddresses(other, bob)
	})
}

func TestAProofBeatsAnAddressThatWasOnlyClaimed(t *testing.T) {
	eachWorld(t, func(w *world) {
		claimed := w.start(to(bob)) // by whomever; never redeemed
		known := w.signIn(ada)
		w.redeem(w.send(bob, forUser(known)))
		w.wantAddresses(known, ada, bob)
		w.refuses(problem.UnableToAuthMagicLink, claimed)
		if _, err := w.Store.Read(ctx).User(required, claimed.started.UserID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("whoever had only claimed the address: got %v, want %v", err, store.ErrNotFound)
		}
	})
}

// Somebody who took over a session must not be able to make its owner's friend a part of
// the account, nor to finish elsewhere.
func TestAnAddressIsConfirmedInTheSessionThatAsked(t *testing.T) {
	eachWorld(t, func(w *world) {
		known, elsewhere := w.signIn(ada), w.signIn(ada)
		f := w.send(bob, inSession(known))
		w.refuses(problem.AttachedInSession, f)
		w.refuses(problem.AttachedInSession, f, forMinutes(60))
		w.refuses(problem.AttachedInSession, f, goingOn(elsewhere))
		w.refuses(problem.SessionNotFound, f, goingOn(w.signIn("eve@example.com")))
		w.wantState(f, models.LinkAlive)
		w.wantAddresses(known, ada, "("+bob+")")
		got := w.redeem(f, goingOn(known))
		if got.Session.Session.ID != known.Session.Session.ID || got.Session.Token == known.Session.Token {
			t.Error("want the same session under a new token")
		}
		w.wantAddresses(known, ada, bob)
	})
}

func TestTheOtherAddressesAreToldOfANewOne(t *testing.T) {
	eachWorld(t, func(w *world) {
		known := w.signIn(ada)
		f := w.send(bob, inSession(known))
		mails := len(w.mails)
		w.redeem(f, goingOn(known))
		var id models.ID
		var to string
		var link models.ID
		fatal(t, w.db.QueryRow("SELECT id, address, link_id FROM queued_mails WHERE template = 'address_added'").Scan(&id, &to, &link))
		if to != ada || link != f.link.ID || !slices.Equal(w.mails[mails:], []models.ID{id}) {
			t.Errorf("got a notice to %s about %s, announced %v; want one to %s about %s", to, link, w.mails[mails:], ada, f.link.ID)
		}
	})
}

// Of two people who prove one address at once, one has it, and the other keeps the link.
func TestOfTwoWhoProveOneAddressOneHasIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		people := []signedIn{w.signIn(ada), w.signIn("eve@example.com")}
		flows := []flow{w.send(bob, forUser(people[0])), w.send(bob, forUser(people[1]))}
		errs := make([]error, 2)
		var all sync.WaitGroup
		for i, f := range flows {
			all.Go(func() { _, errs[i] = w.Redeem(ctx, f.request()) })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("got %v, want one to be refused", errs)
		}
		winner, loser := 0, 1
		if errs[0] != nil {
			winner, loser = 1, 0
		}
		if !errors.Is(errs[loser], problem.DuplicateEmail) {
			t.Errorf("the second: got %v, want %v", errs[loser], problem.DuplicateEmail)
		}
		email, err := w.Store.Read(ctx).EmailByIdentity(required, bob)
		fatal(t, err)
		if email.UserID != people[winner].User.ID {
			t.Errorf("got it with %s, want %s", email.UserID, people[winner].User.ID)
		}
		w.refuses(problem.DuplicateEmail, flows[loser])
		w.wantState(flows[loser], models.LinkAlive)
	})
}

func TestAnAttachedAddressIsProvenOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		known := w.signIn(ada)
		f := w.send(bob, inSession(known))
		const n = 20
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { _, errs[i] = w.Redeem(ctx, f.request(goingOn(known))) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, problem.UnableToAuthMagicLink) && !errors.Is(err, problem.SessionNotFound):
				t.Errorf("got %v, want it redeemed already, or the session's old token refused", err)
			}
		}
		if won != 1 {
			t.Errorf("got %d redemptions, want 1", won)
		}
		w.wantAddresses(known, ada, bob)
	})
}

// Whoever attaches an address of somebody else's gets no budget of guesses of their own.
func TestTheGuessesAreTheMailboxesWhoeverAttachedIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.Projects[required].Code = true
		guesses := func(s signedIn) (looked int) {
			f := w.send(bob, forUser(s))
			for range guessBudget {
				_, err := w.RedeemCode(ctx, CodeRequest{ProjectID: required, EmailID: &f.link.EmailID, Code: "00000000", Verifier: f.verifier})
				if errors.Is(err, problem.UnableToAuthCode) {
					looked++
				}
			}
			return looked
		}
		one, other := w.signIn(ada), w.signIn("eve@example.com")
		if got := guesses(one); got != guessBudget {
			t.Errorf("the first: got %d looks, want %d", got, guessBudget)
		}
		if got := guesses(other); got != 0 {
			t.Errorf("the second: got %d looks, want none", got)
		}
	})
}
