package magiclink

import (
	"errors"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
)

func (w *world) embed(user string, change ...func(*EmbedRequest)) flow {
	w.Helper()
	r := EmbedRequest{ProjectID: required, User: user}
	for _, c := range change {
		c(&r)
	}
	embedded, err := w.Embed(ctx, r)
	fatal(w, err)
	link, err := w.Store.Read(ctx).Link(embedded.LinkID)
	fatal(w, err)
	return flow{project: required, token: embedded.Token, link: link}
}

func TestAnEmbeddedLinkLetsInAndProvesNoAddress(t *testing.T) {
	eachWorld(t, func(w *world) {
		pending := w.invite(ada)
		name := models.PublicID("user", required, pending.started.UserID)
		f := w.embed(name)
		if len(w.mails) != 1 || w.rows()["queued_mails"] != 1 {
			t.Error("an embedded link was mailed")
		}
		if f.link.ExpiresAt != models.At(epoch).Add(time.Hour) {
			t.Errorf("got it until %s, want an hour", f.link.ExpiresAt.Time())
		}
		got := w.redeem(f, forMinutes(60))
		if got.Method != models.MethodEmbedded || got.FactorID != f.link.ID || got.User.ID != pending.started.UserID || got.Session == nil {
			t.Errorf("got %+v, want the person by the embedded link, with a session", got)
		}
		if got.Emails[0].VerifiedAt != nil {
			t.Error("an embedded link proved an address")
		}
		if w.user(pending.started.UserID).Status != models.UserActive {
			t.Error("who has come in is not active")
		}
		w.refuses(problem.UnableToAuthMagicLink, f)
	})
}

func TestAnEmbeddedLinkIsForTheAppsBackEndAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.embed(w.signIn(ada).name())
		w.wantNoLink(w.Open(ctx, f.token))
		w.refuses(problem.NotForPublicClients, f, atAPublicDoor)
		w.refuses(problem.DidNotExpectCodeVerifier, f, by(NewVerifier()))
		w.redeem(f)
	})
}

func TestRefusedEmbeddedLinks(t *testing.T) {
	eachWorld(t, func(w *world) {
		name, minutes := w.signIn(ada).name(), 10081
		for want, r := range map[*problem.Problem]EmbedRequest{
			problem.ProjectNotFound:   {ProjectID: "project-test-none", User: name},
			problem.UserNotFound:      {ProjectID: optional, User: name},
			problem.InvalidExpiration: {ProjectID: required, User: name, Minutes: &minutes},
			problem.InvalidAttributes: {ProjectID: required, User: name, Attributes: session.Attributes{IPAddress: "x"}},
		} {
			if got, err := w.Embed(ctx, r); !errors.Is(err, want) {
				t.Errorf("got %+v, %v, want %v", got, err, want)
			}
		}
	})
}
