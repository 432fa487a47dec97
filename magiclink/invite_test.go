package magiclink

import (
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/session"
)

// invitation is an invite's two tokens: the mailed one and the one behind the button.
type invitation struct {
	flow
	mailed string
}

func inviteRequest(address string, change ...func(*InviteRequest)) InviteRequest {
	r := InviteRequest{ProjectID: required, Email: address, URL: appURL}
	for _, c := range change {
		c(&r)
	}
	return r
}

func (w *world) invite(address string, change ...func(*InviteRequest)) (i invitation) {
	w.Helper()
	var err error
	i.project = required
	i.started, err = w.Invite(ctx, inviteRequest(address, change...))
	fatal(w, err)
	i.link = w.mailed()
	i.mailed, err = w.Keys.Seal(i.link.KeyID, sealed.Invite, i.link.ID)
	fatal(w, err)
	i.token, err = w.Keys.Seal(i.link.KeyID, sealed.Link, i.link.ID)
	fatal(w, err)
	return i
}

func (w *world) refusesToInvite(want *problem.Problem, address string, change ...func(*InviteRequest)) {
	w.Helper()
	before := w.rows()
	if started, err := w.Invite(ctx, inviteRequest(address, change...)); !errors.Is(err, want) {
		w.Errorf("invite %s: got %+v, %v, want %v", address, started, err, want)
	}
	if after := w.rows(); !maps.Equal(after, before) {
		w.Errorf("a refused invite wrote: %v, then %v", before, after)
	}
}

func (w *world) user(id models.ID) models.User {
	w.Helper()
	user, err := w.Store.Read(ctx).User(required, id)
	fatal(w, err)
	return *user
}

func TestAnInvitedPersonComesInByTheButton(t *testing.T) {
	eachWorld(t, func(w *world) {
		said := profile.Changes{FirstName: new("Ada"), LastName: new("Lovelace"), TrustedMetadata: models.Object{"role": "editor"}}
		i := w.invite(ada, func(r *InviteRequest) { r.Person = said })
		want := models.User{
			ID: i.started.UserID, ProjectID: required, Status: models.UserPending, FirstName: "Ada", LastName: "Lovelace",
			TrustedMetadata: said.TrustedMetadata, Kept: true, CreatedAt: models.At(epoch),
		}
		if got := w.user(i.started.UserID); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if i.link.Kind != models.LinkInvite || i.link.Challenge != "" || i.link.ExpiresAt != models.At(epoch).Add(inviteTTL) {
			t.Errorf("got %+v, want an invite without challenge for %s", i.link, inviteTTL)
		}
		page := w.invitation(i)
		if page.Address != ada || page.AcceptedAt != nil || page.Origin != "https://app.example" {
			t.Errorf("got %+v, want ada's open invitation to https://app.example", page)
		}
		opening, err := w.Accept(ctx, i.mailed)
		fatal(t, err)
		query := w.query(opening.Location)
		if query["token"] != i.token || query["flow"] != "" {
			t.Errorf("got %v, want a token that can be redeemed and no flow", query)
		}
		got := w.redeem(i.flow, forMinutes(60))
		if got.User.ID != i.started.UserID || w.user(i.started.UserID).Status != models.UserActive || got.Session == nil {
			t.Errorf("got %+v, want the invited person, active, with a session", got)
		}
	})
}

func TestAnInvitesMailedTokenRedeemsNothingAndItsPageSpendsNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		i := w.invite(ada)
		mailed := flow{project: required, token: i.mailed, link: i.link}
		w.wantUnknown(mailed, invitePage)
		mailed.project = optional
		w.wantUnknown(mailed, "") // another project's is not explained
		w.wantUnknown(flow{project: required, token: "made up"}, "")
		w.wantNoLink(w.Accept(ctx, i.token))
		for range 20 {
			w.invitation(i)
			_, err := w.Accept(ctx, i.mailed)
			fatal(t, err)
		}
		w.wantState(i.flow, models.LinkAlive)
		w.redeem(i.flow)
	})
}

// invitation is the page of an invite's link, which leads nowhere by itself.
func (w *world) invitation(i invitation) *Invitation {
	w.Helper()
	opening, err := w.Open(ctx, i.mailed)
	fatal(w, err)
	if opening.Invitation == nil || opening.Location != "" {
		w.Fatalf("got %+v, want an invitation's page and no location", opening)
	}
	return opening.Invitation
}

func (w *world) wantNoLink(opening *Opening, err error) {
	w.Helper()
	if opening != nil || !errors.Is(err, problem.MagicLinkNotFound) {
		w.Errorf("got %+v, %v, want %v", opening, err, problem.MagicLinkNotFound)
	}
}

// wantUnknown redeems and wants it refused for that reason.
func (w *world) wantUnknown(f flow, reason string) {
	w.Helper()
	_, err := w.Redeem(ctx, f.request())
	if p := problem.From(err); p.Type != problem.MagicLinkNotFound.Type || p.Details["reason"] != reason {
		w.Errorf("got %v with reason %q, want %v with %q", err, p.Details["reason"], problem.MagicLinkNotFound, reason)
	}
}

func TestAnInviteIsNeverRedeemedAtAPublicDoor(t *testing.T) {
	eachWorld(t, func(w *world) {
		i := w.invite(ada)
		for _, verifier := range []string{"", NewVerifier()} {
			w.refuses(problem.NotForPublicClients, i.flow, by(verifier), atAPublicDoor)
		}
		w.redeem(i.flow)
	})
}

func TestAUsedInvitesPageSaysWhen(t *testing.T) {
	eachWorld(t, func(w *world) {
		i := w.invite(ada)
		w.clock.Advance(time.Hour)
		w.redeem(i.flow)
		at := w.clock.Now()
		w.clock.Advance(time.Hour)
		page := w.invitation(i)
		if page.AcceptedAt == nil || !page.AcceptedAt.Equal(at) {
			t.Errorf("got %v, want %v", page.AcceptedAt, at)
		}
		_, err := w.Accept(ctx, i.mailed)
		w.wantReason(err, models.LinkRedeemed)
	})
}

func TestARevokedInviteIsOver(t *testing.T) {
	eachWorld(t, func(w *world) {
		first, second, other := w.invite(ada), w.invite(ada), w.invite(bob)
		login := w.start(to(ada))
		fatal(t, w.RevokeInvite(ctx, required, "ADA@example.com"))
		for _, i := range []invitation{first, second} {
			_, err := w.Open(ctx, i.mailed)
			w.wantReason(err, models.LinkRevoked)
			_, err = w.Accept(ctx, i.mailed)
			w.wantReason(err, models.LinkRevoked)
			w.refuses(problem.UnableToAuthMagicLink, i.flow)
		}
		w.wantState(other.flow, models.LinkAlive)
		w.wantState(login, models.LinkAlive)
		fatal(t, w.RevokeInvite(ctx, required, ada))
		if err := w.RevokeInvite(ctx, required, "nobody@example.com"); !errors.Is(err, problem.EmailNotFound) {
			t.Errorf("got %v, want %v", err, problem.EmailNotFound)
		}
		w.redeem(w.invite(ada).flow)
	})
}

func TestARepeatedInviteLeavesTheFirstUntilOneIsUsed(t *testing.T) {
	eachWorld(t, func(w *world) {
		first := w.invite(ada, func(r *InviteRequest) {
			r.Person = profile.Changes{FirstName: new("Ada"), UntrustedMetadata: models.Object{"a": 1.0, "b": 1.0}}
		})
		second := w.invite(ada, func(r *InviteRequest) {
			r.Person = profile.Changes{LastName: new("King"), UntrustedMetadata: models.Object{"a": nil, "c": 1.0}}
		})
		if first.started.UserID != second.started.UserID {
			t.Error("two invites of one address made two persons")
		}
		user := w.user(first.started.UserID)
		if want := (models.Object{"b": 1.0, "c": 1.0}); user.FirstName != "Ada" || user.LastName != "King" || !reflect.DeepEqual(user.UntrustedMetadata, want) {
			t.Errorf("got %+v, want Ada King with %v", user, want)
		}
		w.wantState(first.flow, models.LinkAlive)
		w.redeem(second.flow)
		w.refuses(problem.UnableToAuthMagicLink, first.flow)
	})
}

func TestWhoHasComeInIsNotInvited(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.signIn(ada)
		w.refusesToInvite(problem.DuplicateEmail, ada)
		// Somebody else asked for a login with this address once, and nobody came.
		claimed := w.start(to(bob))
		i := w.invite(bob)
		if user := w.user(claimed.started.UserID); i.started.UserID != user.ID || user.Status != models.UserPending || !user.Kept {
			t.Errorf("got %+v, want the claimed person, pending and kept", user)
		}
	})
}

func TestARefusedInviteWritesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		short := 4
		for want, change := range map[*problem.Problem]func(*InviteRequest){
			problem.ProjectNotFound:           func(r *InviteRequest) { r.ProjectID = "project-test-none" },
			problem.InvalidEmail:              func(r *InviteRequest) { r.Email = "" },
			problem.NoMatchForRedirectURL:     func(r *InviteRequest) { r.URL = "https://evil.example/" },
			problem.InvalidRedirectURL:        func(r *InviteRequest) { r.URL = "javascript:alert(1)" },
			problem.RequiredForNativeCallback: func(r *InviteRequest) { r.URL = native },
			problem.InvalidExpiration:         func(r *InviteRequest) { r.Minutes = &short },
			problem.InvalidLocale:             func(r *InviteRequest) { r.Locale = "xx" },
			problem.EmailTemplateNotFound:     func(r *InviteRequest) { r.Template = "mine" },
			problem.InvalidAttributes:         func(r *InviteRequest) { r.Attributes = session.Attributes{IPAddress: "x"} },
		} {
			w.refusesToInvite(want, ada, change)
		}
	})
}
