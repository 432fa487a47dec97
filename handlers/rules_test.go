package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
)

// These tests are the table "Rules that every door obeys" of the design, row by row,
// as a client sees it.

func TestRefusedStartsSendNoMail(t *testing.T) {
	challenge := magiclink.ChallengeOf(magiclink.NewVerifier())
	eachWorld(t, func(t *testing.T, w *world) {
		const email = "ada@example.com"
		good := newFlow(requiredProject, email).start
		for _, tc := range []struct {
			name    string
			project string
			body    members
			status  int
			kind    string
		}{
			{"no challenge", requiredProject, with(good, "code_challenge", nil), 400, "pkce_expected_code_challenge"},
			{"empty challenge", requiredProject, with(good, "code_challenge", ""), 400, "pkce_expected_code_challenge"},
			{"method plain", requiredProject, with(good, "code_challenge_method", "plain"), 400, "invalid_pkce_code_challenge_method"},
			{"method s256", requiredProject, with(good, "code_challenge_method", "s256"), 400, "invalid_pkce_code_challenge_method"},
			{"method empty", requiredProject, with(good, "code_challenge_method", ""), 400, "invalid_pkce_code_challenge_method"},
			{"method plain, optional project", optionalProject, with(good, "code_challenge_method", "plain"), 400, "invalid_pkce_code_challenge_method"},
			{"challenge too short", requiredProject, with(good, "code_challenge", challenge[:42]), 400, "invalid_pkce_code_challenge"},
			{"challenge too long", requiredProject, with(good, "code_challenge", challenge+"A"), 400, "invalid_pkce_code_challenge"},
			{"challenge padded", requiredProject, with(good, "code_challenge", challenge+"="), 400, "invalid_pkce_code_challenge"},
			{"challenge not canonical", requiredProject, with(good, "code_challenge", challenge[:42]+"B"), 400, "invalid_pkce_code_challenge"},
			{"challenge in base64", requiredProject, with(good, "code_challenge", "+"+challenge[1:]), 400, "invalid_pkce_code_challenge"},
			{"challenge with a line break", requiredProject, with(good, "code_challenge", challenge[:42]+"\n"), 400, "invalid_pkce_code_challenge"},
			{"bad challenge, optional project", optionalProject, with(good, "code_challenge", "x"), 400, "invalid_pkce_code_challenge"},
			{"app scheme without challenge", optionalProject, with(with(good, "code_challenge", nil), "redirect_url", nativeURL), 400, "pkce_required_for_native_callback"},
			{"unlisted URL", requiredProject, with(good, "redirect_url", "https://evil.example/"), 400, "no_match_for_provided_magic_link_url"},
			{"listed URL with a query", requiredProject, with(good, "redirect_url", appURL+"?next=/"), 400, "no_match_for_provided_magic_link_url"},
			{"unlisted sign-up URL", requiredProject, with(good, "signup_magic_link_url", "https://evil.example/"), 400, "no_match_for_provided_magic_link_url"},
			{"no URL at all", requiredProject, with(good, "redirect_url", "javascript:alert(1)"), 400, "invalid_magic_link_url"},
			{"reserved name", requiredProject, with(good, "redirect_url", "https://app.example.com/open?token=x"), 400, "invalid_magic_link_url"},
			{"no address", requiredProject, with(good, "email", nil), 400, "invalid_email"},
			{"two addresses", requiredProject, with(good, "email", "ada@example.com,eve@example.com"), 400, "invalid_email"},
			{"header injection", requiredProject, with(good, "email", "ada@example.com\r\nBcc: eve@example.com"), 400, "invalid_email"},
			{"life too short", requiredProject, with(good, "login_expiration_minutes", 4), 400, "invalid_expiration"},
			{"life too long", requiredProject, with(good, "signup_expiration_minutes", 10081), 400, "invalid_expiration"},
			{"attributes", requiredProject, with(good, "attributes", members{"ip_address": "not an IP"}), 400, "invalid_attributes"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w := w.in(t)
				w.wantRefusal(w.post(tc.project, startPath, tc.body), tc.status, tc.kind)
				w.wantNoMail(email)
			})
		}
	})
}

// in reports to the sub-test.
func (w *world) in(t *testing.T) *world {
	sub := *w
	sub.t = t
	return &sub
}

func TestNullCountsAsAbsent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		f.start["code_challenge_method"], f.start["login_magic_link_url"], f.start["attributes"] = nil, nil, nil
		w.begin(f)
		redemption := f.redemption()
		redemption["code_verifier"] = nil
		w.wantRefusal(w.post(f.project, redeemPath, redemption), 400, "pkce_expected_code_verifier")
		w.wantOK(w.redeem(f))
	})
}

func TestRefusedRedemptionsCostTheLinkNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		right := f.redemption()
		for _, tc := range []struct {
			name   string
			body   members
			status int
			kind   string
		}{
			{"verifier missing", with(right, "code_verifier", nil), 400, "pkce_expected_code_verifier"},
			{"verifier empty", with(right, "code_verifier", ""), 400, "pkce_expected_code_verifier"},
			{"verifier too short", with(right, "code_verifier", f.verifier[:42]), 400, "invalid_pkce_code_verifier"},
			{"verifier too long", with(right, "code_verifier", strings.Repeat("a", 129)), 400, "invalid_pkce_code_verifier"},
			{"verifier with a space", with(right, "code_verifier", f.verifier[:42]+" "), 400, "invalid_pkce_code_verifier"},
			{"verifier wrong", with(right, "code_verifier", magiclink.NewVerifier()), 401, "pkce_mismatch"},
			{"challenge for verifier", with(right, "code_verifier", f.start["code_challenge"]), 401, "pkce_mismatch"},
			{"duration too short", with(right, "session_duration_minutes", 4), 400, "invalid_session_duration_minutes"},
			{"duration zero", with(right, "session_duration_minutes", 0), 400, "invalid_session_duration_minutes"},
			{"duration too long", with(right, "session_duration_minutes", 527041), 400, "invalid_session_duration_minutes"},
			{"duration a string", with(right, "session_duration_minutes", "60"), 400, "invalid_member_type"},
			{"bad attributes", with(right, "attributes", members{"user_agent": "two\nlines"}), 400, "invalid_attributes"},
			{"token of another kind", with(right, "token", w.sealedAs(sealed.Session, f.token)), 404, "magic_link_not_found"},
			{"token changed", with(right, "token", flipped(f.token)), 404, "magic_link_not_found"},
			{"token cut", with(right, "token", f.token[:43]), 404, "magic_link_not_found"},
			{"token missing", with(right, "token", nil), 400, "missing_member"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w.in(t).wantRefusal(w.post(f.project, redeemPath, tc.body), tc.status, tc.kind)
			})
		}
		w.wantRefusal(w.post(optionalProject, redeemPath, right), 404, "magic_link_not_found")
		w.wantOK(w.redeem(f))
	})
}

// sealedAs seals the id in token again, for another purpose.
func (w *world) sealedAs(purpose sealed.Purpose, token string) string {
	w.t.Helper()
	id, err := w.keys.Open(sealed.Link, token)
	fatal(w.t, err)
	other, err := w.keys.Seal(1, purpose, id)
	fatal(w.t, err)
	return other
}

func flipped(token string) string {
	last := byte('A')
	if token[len(token)-1] == last {
		last = 'B'
	}
	return token[:len(token)-1] + string(last)
}

func TestAVerifierIsRefusedWhereTheLinkHasNoChallenge(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := withoutPKCE(optionalProject, "ada@example.com")
		w.begin(f)
		redemption := with(f.redemption(), "code_verifier", magiclink.NewVerifier())
		w.wantRefusal(w.post(f.project, redeemPath, redemption), 400, "pkce_did_not_expect_code_verifier")
		w.wantOK(w.redeem(f))
	})
}

func TestAnOptionalProjectStillHoldsAChallengeToItsVerifier(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(optionalProject, "ada@example.com")
		w.begin(f)
		w.wantRefusal(w.post(f.project, redeemPath, with(f.redemption(), "code_verifier", nil)), 400, "pkce_expected_code_verifier")
		w.wantOK(w.redeem(f))
	})
}

func TestADeadLinkSaysWhy(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		redeemed := newFlow(requiredProject, "ada@example.com")
		w.begin(redeemed)
		sibling := *redeemed
		w.begin(&sibling)
		expired := newFlow(requiredProject, "bob@example.com")
		expired.start["signup_expiration_minutes"] = 5
		w.begin(expired)
		w.wantOK(w.redeem(redeemed))
		w.clock.Advance(5 * time.Minute)

		purged, err := w.keys.Seal(1, sealed.Link, models.NewID(w.clock.Now()))
		fatal(w.t, err)
		for reason, token := range map[string]string{
			"redeemed": redeemed.token, "revoked": sibling.token, "expired": expired.token, "purged": purged,
		} {
			got := w.post(requiredProject, redeemPath, with(redeemed.redemption(), "token", token))
			w.wantRefusal(got, 401, "unable_to_auth_magic_link")
			if got.text("error_details.reason") != reason {
				w.t.Errorf("got reason %v, want %s", got.field("error_details.reason"), reason)
			}
			id, err := w.keys.Open(sealed.Link, token)
			fatal(t, err)
			reference := models.ID(id).Reference() // the one in the mail's footer
			if got.text("error_details.reference") != reference {
				t.Errorf("got reference %v, want %s", got.field("error_details.reference"), reference)
			}
			page := w.request(http.MethodGet, "/l/"+token)
			if !strings.Contains(page.body, reference) {
				t.Errorf("the page of a link that was %s does not show its reference", reference)
			}
			if page.StatusCode != 401 || page.Header.Get("Location") != "" {
				w.t.Errorf("opening a link that was %s: got %d, Location %q", reason, page.StatusCode, page.Header.Get("Location"))
			}
		}
	})
}

func TestOpeningSpendsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		f.start["redirect_url"] = "https://app.example.com/open?b=2&a=%2f&&c"
		w.begin(f)
		want := "https://app.example.com/open?b=2&a=%2f&&c&flow=" + f.start["code_challenge"].(string)[:16] +
			"&stytch_token_type=magic_links&token=" + f.token + "&token_type=magic_links"
		for range 100 {
			head := w.request(http.MethodHead, "/l/"+f.token)
			if head.StatusCode != 200 || head.Header.Get("Location") != "" || head.body != "" {
				w.t.Fatalf("HEAD: got %d, Location %q, body %q", head.StatusCode, head.Header.Get("Location"), head.body)
			}
			get := w.request(http.MethodGet, "/l/"+f.token)
			if get.StatusCode != 302 || get.Header.Get("Location") != want {
				w.t.Fatalf("GET: got %d %q\nwant 302 %q", get.StatusCode, get.Header.Get("Location"), want)
			}
			if len(get.Cookies()) != 0 {
				w.t.Fatal("a GET set a cookie")
			}
		}
		w.wantOK(w.redeem(f))
	})
}

func TestOnlyPOSTTouchesALink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS"} {
			w.wantRefusal(w.request(method, "/l/"+f.token), 405, "method_not_allowed")
		}
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
			got := w.request(method, redeemPath+"?token="+f.token+"&code_verifier="+f.verifier)
			if got.StatusCode != 405 {
				w.t.Errorf("%s: got %d, want 405", method, got.StatusCode)
			}
		}
		w.wantOK(w.redeem(f))
	})
}

func TestAnAppSchemeGetsAPageWithAButton(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		f.start["redirect_url"] = nativeURL
		w.begin(f)
		page := w.request(http.MethodGet, "/l/"+f.token)
		if page.StatusCode != 200 || !strings.Contains(page.body, `href="com.example.app://callback?flow=`) {
			w.t.Errorf("got %d %s", page.StatusCode, page.body)
		}
		w.wantOK(w.redeem(f))
	})
}

func TestALaterStartLeavesEarlierLinksAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, second := newFlow(requiredProject, "ada@example.com"), newFlow(requiredProject, "ada@example.com")
		w.begin(first)
		w.begin(second)
		w.wantRefusal(w.post(requiredProject, redeemPath, with(first.redemption(), "code_verifier", second.verifier)), 401, "pkce_mismatch")
		w.wantOK(w.redeem(first))
		w.wantOK(w.redeem(second))
	})
}

func TestFiftyRedemptionsOneSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, "ada@example.com")
		w.begin(f)
		counted := w.statuses(50, func() answer { return w.redeem(f) })
		if counted[200] != 1 || counted[401] != 49 {
			w.t.Errorf("got %v, want one 200 and 49 401", counted)
		}
	})
}

func TestWhoCalls(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, set := range map[string]func(*http.Request){
			"nobody":          func(*http.Request) {},
			"wrong secret":    func(r *http.Request) { r.SetBasicAuth(requiredProject, "wrong") },
			"empty secret":    func(r *http.Request) { r.SetBasicAuth(requiredProject, "") },
			"unknown project": func(r *http.Request) { r.SetBasicAuth("project-test-nobody", secret) },
			"a bearer":        func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) },
		} {
			for _, path := range []string{startPath, redeemPath, "/v1/sessions/authenticate", "/v1/sessions/revoke"} {
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}"))
				set(r)
				got := w.do(r)
				w.wantRefusal(got, 401, "unauthorized_credentials")
				if got.Header.Get("WWW-Authenticate") == "" {
					w.t.Errorf("%s at %s: no WWW-Authenticate", name, path)
				}
			}
		}
	})
}
