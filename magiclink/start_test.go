package magiclink

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
)

func TestAStartWritesWhatWasAskedFor(t *testing.T) {
	eachWorld(t, func(w *world) {
		attributes := session.Attributes{IPAddress: "2001:db8::1", UserAgent: "Firefox"}
		f := w.start(leadingTo(appAny+"?a=b"), func(r *StartRequest) { r.Email, r.Attributes = "Ada@Example.COM", attributes })
		now := models.At(epoch)
		want := models.MagicLink{
			ID: f.link.ID, ProjectID: required, UserID: f.started.UserID, EmailID: f.started.EmailID, KeyID: 1,
			Kind: models.LinkSignup, Challenge: ChallengeOf(f.verifier), RedirectURL: appAny + "?a=b",
			IPAddress: attributes.IPAddress, UserAgent: attributes.UserAgent, CreatedAt: now, ExpiresAt: now.Add(signupTTL),
		}
		if *f.link != want {
			t.Errorf("link:\n got %+v\nwant %+v", *f.link, want)
		}
		email, err := w.Store.Read(ctx).Email(required, f.started.EmailID)
		fatal(t, err)
		if email.Address != "Ada@example.com" || email.Identity != ada || email.VerifiedAt != nil {
			t.Errorf("address: got %+v, want Ada@example.com known as %s and unproven", email, ada)
		}
		if want := map[string]int{"users": 1, "emails": 1, "magic_links": 1, "queued_mails": 1, "sessions": 0, "events": 0}; !maps.Equal(w.rows(), want) {
			t.Errorf("rows: got %v, want %v", w.rows(), want)
		}
	})
}

func TestARefusedStartWritesNothing(t *testing.T) {
	method := func(m string) func(*StartRequest) { return func(r *StartRequest) { r.ChallengeMethod = &m } }
	life := func(minutes int) func(*StartRequest) { return func(r *StartRequest) { r.LoginMinutes = &minutes } }
	signupLife := func(minutes int) func(*StartRequest) { return func(r *StartRequest) { r.SignupMinutes = &minutes } }
	from := func(ip, agent string) func(*StartRequest) {
		return func(r *StartRequest) { r.Attributes = session.Attributes{IPAddress: ip, UserAgent: agent} }
	}
	both := func(one, other func(*StartRequest)) func(*StartRequest) {
		return func(r *StartRequest) { one(r); other(r) }
	}
	cases := map[string]struct {
		change func(*StartRequest)
		want   *problem.Problem
	}{
		"no such project":                   {in("project-test-other"), problem.ProjectNotFound},
		"no address":                        {to(""), problem.InvalidEmail},
		"two addresses":                     {to("ada@example.com,eve@example.com"), problem.InvalidEmail},
		"no challenge":                      {with(""), problem.ExpectedCodeChallenge},
		"no challenge but a method":         {both(with(""), method("S256")), problem.ExpectedCodeChallenge},
		"the same where PKCE is optional":   {both(both(in(optional), with("")), method("S256")), problem.ExpectedCodeChallenge},
		"method plain":                      {method("plain"), problem.InvalidCodeChallengeMethod},
		"method in lower case":              {method("s256"), problem.InvalidCodeChallengeMethod},
		"method empty":                      {method(""), problem.InvalidCodeChallengeMethod},
		"plain where PKCE is optional":      {both(in(optional), method("plain")), problem.InvalidCodeChallengeMethod},
		"a challenge that is none":          {with("short"), problem.InvalidCodeChallenge},
		"the same, padded, PKCE optional":   {both(in(optional), with(exampleChallenge+"=")), problem.InvalidCodeChallenge},
		"an app's scheme without challenge": {both(leadingTo(native), with("")), problem.RequiredForNativeCallback},
		"an app's scheme, optional":         {both(both(in(optional), leadingTo(native)), with("")), problem.RequiredForNativeCallback},
		"an app's scheme for one kind only": {both(both(in(optional), with("")), func(r *StartRequest) { r.SignupURL = native }), problem.RequiredForNativeCallback},
		"a URL that is not listed":          {leadingTo("https://evil.example/cb"), problem.NoMatchForRedirectURL},
		"one of two that is not listed":     {func(r *StartRequest) { r.SignupURL = "https://evil.example/" }, problem.NoMatchForRedirectURL},
		"the other of two":                  {func(r *StartRequest) { r.LoginURL = "https://evil.example/" }, problem.NoMatchForRedirectURL},
		"a URL that is none":                {leadingTo("javascript:alert(1)"), problem.InvalidRedirectURL},
		"a life of 4 minutes":               {life(4), problem.InvalidExpiration},
		"a life of a week and a minute":     {life(10081), problem.InvalidExpiration},
		"a life of none":                    {life(0), problem.InvalidExpiration},
		"a negative life":                   {life(-60), problem.InvalidExpiration},
		"a life for sign-up of 4 minutes":   {signupLife(4), problem.InvalidExpiration},
		"an IP address that is none":        {from("localhost", ""), problem.InvalidAttributes},
		"an IP address with a zone":         {from("fe80::1%<b>", ""), problem.InvalidAttributes},
		"an IP address with a port":         {from("192.0.2.1:80", ""), problem.InvalidAttributes},
		"a user agent of two lines":         {from("", "Firefox\r\nX: y"), problem.InvalidAttributes},
		"a user agent of 1025 bytes":        {from("", strings.Repeat("a", 1025)), problem.InvalidAttributes},
		"a user agent that is no UTF-8":     {from("", "\xff"), problem.InvalidAttributes},
		"a user agent with a C1 control":    {from("", "Fire\u009bfox"), problem.InvalidAttributes},
	}
	eachWorld(t, func(w *world) {
		before := w.rows()
		for name, c := range cases {
			w.Run(name, func(t *testing.T) {
				request := StartRequest{ProjectID: required, Email: ada, Challenge: exampleChallenge, LoginURL: appURL, SignupURL: appURL}
				c.change(&request)
				if started, err := w.Start(ctx, request); !errors.Is(err, c.want) {
					t.Errorf("got %+v, %v, want %v", started, err, c.want)
				}
				if after := w.rows(); !maps.Equal(after, before) || len(w.mails) != 0 {
					t.Errorf("rows: got %v and %d mails, want %v and none", after, len(w.mails), before)
				}
			})
		}
	})
}

func TestTheLimitsOfALifeAreTaken(t *testing.T) {
	eachWorld(t, func(w *world) {
		for _, minutes := range []int{5, 10080} {
			f := w.start(func(r *StartRequest) { r.SignupMinutes, r.LoginMinutes = &minutes, &minutes })
			if got, want := f.link.ExpiresAt, models.At(epoch).Add(time.Duration(minutes)*time.Minute); got != want {
				t.Errorf("%d minutes: got %v, want %v", minutes, got.Time(), want.Time())
			}
		}
	})
}

func TestASecondStartFindsThePerson(t *testing.T) {
	eachWorld(t, func(w *world) {
		first, again := w.start(), w.start(to("ADA@example.COM"))
		if !first.started.UserCreated || again.started.UserCreated {
			t.Errorf("created: got %v, then %v, want true, then false", first.started.UserCreated, again.started.UserCreated)
		}
		if first.started.UserID != again.started.UserID || first.started.EmailID != again.started.EmailID {
			t.Errorf("got %+v, then %+v, want the same person", first.started, again.started)
		}
		stranger, elsewhere := w.start(to("ada@example.org")), w.start(in(optional))
		for _, f := range []flow{stranger, elsewhere} {
			if !f.started.UserCreated || f.started.UserID == first.started.UserID {
				t.Errorf("got %+v, want a person of its own", f.started)
			}
		}
	})
}

// Whoever is new or pending signs up; whoever is active logs in.
func TestTheKindOfALinkFollowsTheStatus(t *testing.T) {
	for _, pending := range []bool{false, true} {
		eachWorld(t, func(w *world) {
			asked := func(r *StartRequest) {
				r.CreateAsPending, r.SignupURL, r.LoginURL = pending, appAny+"?signup", appAny+"?login"
			}
			wantKind := func(f flow, kind models.LinkKind, url string, life time.Duration) {
				t.Helper()
				if f.link.Kind != kind || f.link.RedirectURL != url || f.link.ExpiresAt != models.At(w.clock.Now()).Add(life) {
					t.Errorf("pending %v: got %+v, want a %s link to %s for %v", pending, f.link, kind, url, life)
				}
			}
			fresh := w.start(asked)
			wantKind(fresh, models.LinkSignup, appAny+"?signup", signupTTL)
			if again := w.start(asked); pending {
				wantKind(again, models.LinkSignup, appAny+"?signup", signupTTL)
			} else {
				wantKind(again, models.LinkLogin, appAny+"?login", loginTTL)
			}
			if got, want := w.status(fresh), map[bool]models.UserStatus{true: models.UserPending, false: models.UserActive}[pending]; got != want {
				t.Errorf("status before the proof: got %s, want %s", got, want)
			}
			w.redeem(fresh)
			if got := w.status(fresh); got != models.UserActive {
				t.Errorf("status after the proof: got %s, want %s", got, models.UserActive)
			}
			wantKind(w.start(asked), models.LinkLogin, appAny+"?login", loginTTL)
		})
	}
}

func (w *world) status(f flow) models.UserStatus {
	w.Helper()
	user, err := w.Store.Read(ctx).User(f.project, f.started.UserID)
	fatal(w, err)
	return user.Status
}

func TestALaterStartLeavesEarlierLinksAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		first := w.start()
		w.clock.Advance(time.Minute)
		long := 10080
		second := w.start(leadingTo(appAny+"?other"), func(r *StartRequest) { r.LoginMinutes = &long })
		third := w.start(with(ChallengeOf(first.verifier)), leadingTo(appAny))
		now, err := w.Store.Read(ctx).Link(first.link.ID)
		fatal(t, err)
		if *now != *first.link {
			t.Errorf("the first link:\n got %+v\nwant %+v", *now, *first.link)
		}
		w.refuses(problem.PKCEMismatch, first, by(second.verifier))
		w.refuses(problem.PKCEMismatch, second, by(first.verifier))
		w.wantState(third, models.LinkAlive)
		w.redeem(second)
		w.redeem(first)
	})
}

func TestADefaultServesWhereNoURLIsAskedFor(t *testing.T) {
	eachWorld(t, func(w *world) {
		if f := w.start(leadingTo("")); f.link.RedirectURL != appURL {
			t.Errorf("got %q, want the list's first, %q", f.link.RedirectURL, appURL)
		}
	})
}

func TestACancelledStartIsNotKept(t *testing.T) {
	eachWorld(t, func(w *world) {
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		before := w.rows()
		request := StartRequest{ProjectID: required, Email: ada, Challenge: exampleChallenge, LoginURL: appURL, SignupURL: appURL}
		if _, err := w.Start(cancelled, request); err == nil {
			t.Error("got nil, want an error")
		}
		if after := w.rows(); !maps.Equal(after, before) || len(w.mails) != 0 {
			t.Errorf("rows: got %v and %d mails, want %v and none", after, len(w.mails), before)
		}
	})
}
