package sdk

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
)

// routes are all that the door has, as gin knows them, so that a new one is in the
// table without being written there.
func (w *world) routes() gin.RoutesInfo { return w.api.Handler().(*gin.Engine).Routes() }

// TestNoVerifierNoSessionOnEveryRoute is the promise. Somebody has the mail, with its
// link and its code, and tries them everywhere in this door; then the person who asked
// comes in all the same.
func TestNoVerifierNoSessionOnEveryRoute(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, victim := range map[string]client{"PKCE required": w.page(), "PKCE optional": w.app()} {
			w.forgetMails()
			f := newFlow("ada@example.com")
			victim.begin(f)
			for verifierName, verifier := range map[string]any{
				"none": nil, "null": "null", "empty": "", "the challenge": magiclink.ChallengeOf(f.verifier),
				"another": magiclink.NewVerifier(), "the right one and more": f.verifier + "x", "a list": []string{f.verifier},
			} {
				mail := members{"token": f.token, "code": f.code, "email": f.email, "session_duration_minutes": 60, "code_challenge": f.start()["code_challenge"]}
				mail["code_verifier"] = verifier
				for _, route := range w.routes() {
					for _, thief := range []client{victim.from("198.51.100.7"), victim.from("198.51.100.7").signedIn(f.token)} {
						path := strings.TrimPrefix(route.Path, Path)
						path = strings.NewReplacer(":public_token", victim.token, ":email_id", f.token).Replace(path)
						got := thief.call(route.Method, path+"?token="+f.token, mail)
						if got.text("data.session_token") != "" || got.text("data.session_jwt") != "" || got.field("data.session") != nil || got.Header.Get("Set-Cookie") != "" {
							t.Errorf("%s, verifier %s: %s %s let a thief in: %s", name, verifierName, route.Method, path, got.body)
						}
					}
				}
			}
			victim.wantData(victim.post(redeemPath, f.redemption()))
		}
	})
}

// TestOnlyPOSTTouchesALink: nothing that a scanner asks for, or that a page makes somebody
// else's browser fetch, starts or redeems.
func TestOnlyPOSTTouchesALink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		for _, path := range []string{startPath, sendPath, attachPath, redeemPath, codePath} {
			for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} {
				if got := w.page().call(method, path+"?token="+f.token+"&code_verifier="+f.verifier, f.redemption()); got.StatusCode != 405 {
					t.Errorf("%s %s: got %d, want 405", method, path, got.StatusCode)
				}
			}
		}
		w.wantData(w.page().post(redeemPath, f.redemption()))
	})
}

// TestEveryRouteCarriesTheSecurityHeaders: and none sets a cookie, whoever asks.
func TestEveryRouteCarriesTheSecurityHeaders(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, _ := w.page().come("ada@example.com")
		paths := []string{"GET /nothing", "DELETE " + startPath}
		for _, route := range w.routes() {
			paths = append(paths, route.Method+" "+strings.Replace(strings.TrimPrefix(route.Path, Path), ":public_token", strictToken, 1))
		}
		for _, asked := range paths {
			method, path, _ := strings.Cut(asked, " ")
			for _, page := range []client{w.page(), in} {
				got := page.call(method, path, newFlow("ada@example.com").start())
				for header, want := range map[string]string{
					"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Set-Cookie": "",
					"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
				} {
					if got.Header.Get(header) != want {
						t.Errorf("%s: %s: got %q, want %q", asked, header, got.Header.Get(header), want)
					}
				}
			}
		}
	})
}

// TestStartsWithoutAChallengeAreRefused: a client that could not learn what the project
// asks for sends none. It must be told, and not be served without.
func TestStartsWithoutAChallengeAreRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, page := range []client{w.page(), w.app()} {
			in, _ := page.come("ada@example.com")
			for _, path := range []string{startPath, sendPath, attachPath} {
				for _, challenge := range []any{nil, ""} {
					body := with(newFlow("bob@example.com").start(), "code_challenge", challenge)
					w.wantRefusal(in.post(path, body), 400, "pkce_expected_code_challenge")
				}
				plain := with(newFlow("bob@example.com").start(), "code_challenge_method", "plain")
				w.wantRefusal(in.post(path, plain), 400, "invalid_pkce_code_challenge_method")
				w.wantNoMail()
			}
		}
	})
}

// TestALinkWithoutAChallengeIsNeverRedeemedHere: such links are for callers with the
// project's secret.
func TestALinkWithoutAChallengeIsNeverRedeemedHere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, err := w.api.Links.Start(ctx, magiclink.StartRequest{ProjectID: lax, Email: "ada@example.com"})
		fatal(t, err)
		token, code := w.mailed()
		for _, verifier := range []any{nil, magiclink.NewVerifier()} {
			got := w.app().post(redeemPath, members{"token": token, "code_verifier": verifier, "session_duration_minutes": 60})
			if got.StatusCode < 400 {
				t.Fatalf("got %s", got.body)
			}
			got = w.app().post(codePath, members{"email": "ada@example.com", "code": code, "code_verifier": verifier, "session_duration_minutes": 60})
			if got.StatusCode < 400 {
				t.Fatalf("got %s", got.body)
			}
		}
		_, err = w.api.Links.Redeem(ctx, magiclink.RedeemRequest{ProjectID: lax, Token: token})
		fatal(t, err) // it cost the link nothing
	})
}

func TestATokenOfAnotherKindOpensNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow("ada@example.com")
		w.page().begin(f)
		id, err := w.keys.Open(sealed.Link, f.token)
		fatal(t, err)
		sessionToken, err := w.keys.Seal(1, sealed.Session, id)
		fatal(t, err)
		w.wantRefusal(w.page().post(redeemPath, with(f.redemption(), "token", sessionToken)), 404, "magic_link_not_found")
		w.wantRefusal(w.page().signedIn(f.token).post("/sessions/authenticate", members{}), 404, "session_not_found")
		w.wantRefusal(w.app().post(redeemPath, f.redemption()), 404, "magic_link_not_found") // another project's
		w.wantData(w.page().post(redeemPath, f.redemption()))
	})
}
