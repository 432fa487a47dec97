package magiclink

import (
	"errors"
	"testing"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
)

// The promise where a project has given it up for its back end: at a public door no
// verifier is still no session.
func TestAPublicDoorRequiresPKCEInEveryProject(t *testing.T) {
	eachWorld(t, func(w *world) {
		request := StartRequest{ProjectID: optional, Caller: stranger, Email: ada, LoginURL: appURL, SignupURL: appURL}
		if _, err := w.Start(ctx, request); !errors.Is(err, problem.ExpectedCodeChallenge) {
			t.Errorf("start: got %v, want %v", err, problem.ExpectedCodeChallenge)
		}
		f := w.start(in(optional), with(""))
		w.refuses(problem.NotForPublicClients, f, atAPublicDoor)
		w.redeem(f)
		bound := w.start(in(optional))
		w.refuses(problem.ExpectedCodeVerifier, bound, by(""), atAPublicDoor)
		w.refuses(problem.PKCEMismatch, bound, by(NewVerifier()), atAPublicDoor)
		w.redeem(bound, atAPublicDoor)
	})
}

func TestOptionsCompareTheClientWithTheStarts(t *testing.T) {
	eachWorld(t, func(w *world) {
		here := session.Attributes{IPAddress: "192.0.2.1", UserAgent: "Firefox"}
		moved := session.Attributes{IPAddress: "192.0.2.2", UserAgent: "Firefox"}
		changed := session.Attributes{IPAddress: "192.0.2.1", UserAgent: "Chrome"}
		redeemFrom := func(a session.Attributes, ip, agent bool) func(*RedeemRequest) {
			return func(r *RedeemRequest) { r.Attributes, r.SameIPAddress, r.SameUserAgent = a, ip, agent }
		}
		silent := w.start()
		w.refuses(problem.AttributeMismatch, silent, redeemFrom(session.Attributes{}, true, false))
		w.refuses(problem.AttributeMismatch, silent, redeemFrom(session.Attributes{}, false, true))
		f := w.start(func(r *StartRequest) { r.Attributes = here })
		w.refuses(problem.AttributeMismatch, f, redeemFrom(moved, true, false))
		w.refuses(problem.AttributeMismatch, f, redeemFrom(changed, false, true))
		w.refuses(problem.AttributeMismatch, f, redeemFrom(session.Attributes{}, true, true))
		w.wantState(f, models.LinkAlive)
		w.redeem(f, redeemFrom(here, true, true))
		w.redeem(w.start(func(r *StartRequest) { r.Attributes = here }), redeemFrom(changed, true, false))
		w.redeem(w.start(func(r *StartRequest) { r.Attributes = here }), redeemFrom(moved, false, true))
		spelt := session.Attributes{IPAddress: "::ffff:192.0.2.1", UserAgent: "Firefox"} // the same in IPv6's way
		w.redeem(w.start(func(r *StartRequest) { r.Attributes = here }), redeemFrom(spelt, true, true))
	})
}

func TestAStrangerInvitesNobody(t *testing.T) {
	eachWorld(t, func(w *world) {
		for template, want := range map[string]*problem.Problem{"invite": problem.EmailTemplateNotFound, "verify": nil} {
			request := StartRequest{
				ProjectID: required, Caller: stranger, Email: ada, Challenge: exampleChallenge, LoginURL: appURL, SignupURL: appURL,
				SignupTemplate: template,
			}
			if _, err := w.Start(ctx, request); want == nil && err != nil || want != nil && !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", template, err, want)
			}
		}
	})
}
