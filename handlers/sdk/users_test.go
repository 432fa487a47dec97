package sdk

import (
	"encoding/json"
	"net/http"
	"testing"

	"latchkey/models"
	"latchkey/profile"
)

func TestAPersonSeesThemselves(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, redeemed := w.page().come("ada@example.com")
		got := in.call(http.MethodGet, "/users/me", nil)
		w.wantData(got)
		if got.text("data.user_id") != redeemed.text("data.user_id") || got.field("data.emails") == nil || got.field("data.user") != nil {
			t.Errorf("got %s, want the user's own members", got.body)
		}
		w.wantRefusal(w.page().call(http.MethodGet, "/users/me", nil), 401, "user_unauthenticated")
		w.wantData(in.post("/sessions/revoke", nil))
		w.wantRefusal(in.call(http.MethodGet, "/users/me", nil), 404, "session_not_found")
		w.wantRefusal(in.call(http.MethodPut, "/users/me", members{"name": members{"first_name": "Ada"}}), 404, "session_not_found")
		w.wantRefusal(in.call(http.MethodDelete, "/users/emails/"+redeemed.text("data.method_id"), nil), 404, "session_not_found")
	})
}

// TestAPersonSetsWhatIsTheirs: the name and untrusted_metadata, and nothing that the
// app relies on.
func TestAPersonSetsWhatIsTheirs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, redeemed := w.page().come("ada@example.com")
		_, err := w.api.Users.Update(ctx, strict, redeemed.text("data.user_id"), profile.Changes{
			TrustedMetadata: models.Object{"role": "reader"}, UntrustedMetadata: models.Object{"theme": "dark", "size": "large"},
		})
		fatal(t, err)
		changed := in.call(http.MethodPut, "/users/me", members{
			"name": members{"first_name": "Ada"}, "untrusted_metadata": members{"theme": nil, "font": "serif"}, "trusted_metadata": nil,
			"external_id": "mine", "status": "pending", "roles": []string{"admin"}, "attributes": members{"ip_address": "nonsense"},
		})
		w.wantData(changed)
		user, _ := changed.field("data.__user").(members)
		for member, want := range map[string]string{
			"name":               `{"first_name":"Ada","last_name":"","middle_name":""}`,
			"untrusted_metadata": `{"font":"serif","size":"large"}`, "trusted_metadata": `{"role":"reader"}`,
			"external_id": `null`, "roles": `[]`, "status": `"active"`,
		} {
			if got, err := json.Marshal(user[member]); err != nil || string(got) != want {
				t.Errorf("%s: got %s, want %s", member, got, want)
			}
		}
		for _, trusted := range []any{members{"role": "admin"}, members{}, "admin", []string{}} {
			w.wantRefusal(in.call(http.MethodPut, "/users/me", members{"trusted_metadata": trusted, "name": members{"first_name": "Eve"}}), 401, "cannot_update_trusted_metadata")
		}
		if got := in.call(http.MethodGet, "/users/me", nil).text("data.name.first_name"); got != "Ada" {
			t.Errorf("got %q: a refused change was made", got)
		}
	})
}

func TestAPersonDeletesTheirOwnAddresses(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, _ := w.page().come("ada@example.com")
		f := newFlow("ada@work.example")
		w.wantData(in.post(attachPath, f.start()))
		f.token, f.code = w.mailed()
		confirmed := in.post(redeemPath, f.redemption())
		w.wantData(confirmed)
		in = in.signedIn(confirmed.text("data.session_token"))
		w.forgetMails() // the notice to the other address
		_, other := w.page().come("bob@example.com")

		for id, want := range map[string]int{other.text("data.method_id"): 404, "email-test-00000000-0000-4000-8000-000000000000": 404, "nonsense": 400} {
			if got := in.call(http.MethodDelete, "/users/emails/"+id, nil); got.StatusCode != want {
				t.Errorf("%s: got %d %s, want %d", id, got.StatusCode, got.body, want)
			}
		}
		gone := in.call(http.MethodDelete, "/users/emails/"+confirmed.text("data.method_id"), nil)
		w.wantData(gone)
		emails, _ := gone.field("data.__user.emails").([]any)
		if len(emails) != 1 || emails[0].(members)["email"] != "ada@example.com" {
			t.Errorf("got %v, want the other address alone", emails)
		}
	})
}
