package handlers

import (
	"testing"

	"latchkey/models"
)

const (
	sendPath   = "/v1/magic_links/email/send"
	invitePath = "/v1/magic_links/email/invite"
	revokePath = "/v1/magic_links/email/revoke_invite"
	embedPath  = "/v1/magic_links"

	ada = "ada@example.com"
	bob = "bob@example.com"
)

// signIn begins a login of the address, redeems it, and returns the answer.
func (w *world) signIn(email string) answer {
	w.t.Helper()
	f := newFlow(requiredProject, email)
	w.begin(f)
	got := w.redeem(f)
	w.wantOK(got)
	return got
}

// send asks for a link for the flow's address with what is given beside it.
func (w *world) send(f *flow, beside members) answer {
	w.t.Helper()
	request := f.start
	for name, value := range beside {
		request = with(request, name, value)
	}
	got := w.post(f.project, sendPath, request)
	w.wantOK(got)
	f.token, f.code = w.mailed()
	return got
}

func TestSendAnswersWithoutSayingWhoIsNew(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		user := w.signIn(ada).text("user_id")
		f := newFlow(requiredProject, ada)
		got := w.send(f, nil)
		if got.text("user_id") != user || got.text("email_id") == "" || got.field("user_created") != nil {
			t.Errorf("got %s, want user_id, email_id and no user_created", got.body)
		}
		w.wantOK(w.redeem(f))
	})
}

func TestRefusedSendsMailNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.signIn(ada)
		w.signIn(bob)
		good := newFlow(requiredProject, ada).start
		for name, tc := range map[string]struct {
			body   members
			status int
			kind   string
		}{
			"an unknown address":      {with(good, "email", "eve@example.com"), 404, "email_not_found"},
			"an unknown user":         {with(good, "user_id", "user-test-0"), 404, "user_not_found"},
			"somebody else's":         {with(with(good, "email", bob), "user_id", known.text("user_id")), 400, "duplicate_email"},
			"a malformed session":     {with(good, "session_token", "x"), 400, "invalid_session_token"},
			"a malformed JWT":         {with(good, "session_jwt", "x"), 400, "unable_to_parse_session_jwt"},
			"two ways to name":        {with(with(good, "user_id", "x"), "session_token", "x"), 400, "too_many_session_arguments"},
			"token and JWT":           {with(with(good, "session_jwt", "x"), "session_token", "x"), 400, "too_many_session_arguments"},
			"no challenge":            {with(good, "code_challenge", nil), 400, "pkce_expected_code_challenge"},
			"an unknown template":     {with(good, "login_template_id", "mine"), 400, "email_template_not_found"},
			"another template":        {with(good, "signup_template_id", "layout"), 400, "email_template_not_found"},
			"an unknown language":     {with(good, "locale", "de"), 400, "invalid_locale"},
			"a language's other case": {with(good, "locale", "EN"), 400, "invalid_locale"},
		} {
			t.Run(name, func(t *testing.T) {
				w := w.in(t)
				w.wantRefusal(w.post(requiredProject, sendPath, tc.body), tc.status, tc.kind)
				w.wantNoMail("eve@example.com")
			})
		}
	})
}

func TestAnAddressIsAttachedInASession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.signIn(ada)
		f := newFlow(requiredProject, bob)
		w.send(f, members{"session_token": known.text("session_token")})
		w.wantRefusal(w.redeem(f), 401, "attached_in_another_session")
		got := w.post(f.project, redeemPath, with(f.redemption(), "session_token", known.text("session_token")))
		w.wantOK(got)
		emails, _ := got.field("user.emails").([]any)
		if got.text("user_id") != known.text("user_id") || len(emails) != 2 {
			t.Errorf("got %s, want the same user with two addresses", got.body)
		}
	})
}

func TestAnEmbeddedLinkIsAnsweredAndNotMailed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		user := w.signIn(ada).text("user_id")
		got := w.post(requiredProject, embedPath, members{"user_id": user, "expiration_minutes": 5})
		w.wantOK(got)
		w.wantNoMail(bob)
		f := &flow{project: requiredProject, token: got.text("token")}
		redeemed := w.redeem(f)
		w.wantOK(redeemed)
		id, err := models.ParsePublicID("embedded", requiredProject, redeemed.text("method_id"))
		if err != nil || id == (models.ID{}) {
			t.Errorf("method_id: got %q, %v", redeemed.text("method_id"), err)
		}
		w.wantRefusal(w.post(requiredProject, embedPath, members{}), 400, "missing_member")
		w.wantRefusal(w.post(requiredProject, embedPath, members{"user_id": "user-test-0"}), 404, "user_not_found")
		w.wantRefusal(w.post(requiredProject, embedPath, members{"user_id": user, "expiration_minutes": 4}), 400, "invalid_expiration")
		w.wantRefusal(w.post(optionalProject, embedPath, members{"user_id": user}), 404, "user_not_found")
	})
}

func TestOptionsWantTheSameClient(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		f := newFlow(requiredProject, ada)
		f.start["attributes"] = members{"ip_address": "192.0.2.1", "user_agent": "Firefox"}
		w.begin(f)
		from := func(ip, agent string, options members) members {
			return with(with(f.redemption(), "attributes", members{"ip_address": ip, "user_agent": agent}), "options", options)
		}
		w.wantRefusal(w.post(f.project, redeemPath, from("192.0.2.2", "Firefox", members{"ip_match_required": true})), 401, "attribute_mismatch")
		w.wantRefusal(w.post(f.project, redeemPath, from("192.0.2.1", "Chrome", members{"user_agent_match_required": true})), 401, "attribute_mismatch")
		w.wantOK(w.post(f.project, redeemPath, from("192.0.2.1", "Firefox", members{"ip_match_required": true, "user_agent_match_required": true})))
	})
}
