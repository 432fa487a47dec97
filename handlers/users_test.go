package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const usersPath = "/v1/users"

// call sends JSON, or nothing where body is nil, as the project's back end would.
func (w *world) call(method, project, path string, body any) answer {
	w.t.Helper()
	var encoded []byte
	if body != nil {
		var err error
		encoded, err = json.Marshal(body)
		fatal(w.t, err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(encoded))
	r.SetBasicAuth(project, secret)
	r.Header.Set("Content-Type", "application/json") // an SDK sends it with every method
	return w.do(r)
}

func (w *world) users(method, path string, body any) answer {
	w.t.Helper()
	return w.call(method, requiredProject, usersPath+path, body)
}

// createUser makes a person of the required project.
func (w *world) createUser(email string, more ...members) answer {
	w.t.Helper()
	body := members{"email": email}
	for _, m := range more {
		for name, value := range m {
			body[name] = value
		}
	}
	created := w.users(http.MethodPost, "", body)
	w.wantOK(created)
	return created
}

// emails are the addresses of the user at the path in the answer, in order.
func (a answer) emails(path string) (addresses []string) {
	list, _ := a.field(path).([]any)
	for _, email := range list {
		addresses = append(addresses, email.(members)["email"].(string))
	}
	return addresses
}

func wantEmails(t *testing.T, got answer, path string, want ...string) {
	t.Helper()
	if addresses := got.emails(path); !slices.Equal(addresses, want) {
		t.Errorf("%s: got %v, want %v", path, addresses, want)
	}
}

func TestACreatedUserIsThereInTheWireShape(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("Ada@Example.com", members{
			"name":             members{"first_name": "Ada", "last_name": "Lovelace"},
			"trusted_metadata": members{"plan": "pro"}, "untrusted_metadata": members{"theme": "dark"},
			"external_id": "crm|7", "attributes": members{"ip_address": "192.0.2.1"}, "roles": []string{},
		})
		if created.text("user_id") == "" || created.text("user_id") != created.text("user.user_id") {
			t.Errorf("user_id: got %q and %q", created.text("user_id"), created.text("user.user_id"))
		}
		if !strings.HasPrefix(created.text("email_id"), "email-test-") || created.field("phone_id") != "" || created.text("status") != "active" {
			t.Errorf("got %s", created.body)
		}
		for _, name := range []string{created.text("user_id"), "crm|7"} {
			got := w.users(http.MethodGet, "/"+url.PathEscape(name), nil)
			w.wantOK(got)
			for path, want := range map[string]any{
				"user_id": created.text("user_id"), "status": "active", "external_id": "crm|7", "is_locked": false, "password": nil,
				"name.first_name": "Ada", "name.middle_name": "", "name.last_name": "Lovelace",
				"trusted_metadata.plan": "pro", "untrusted_metadata.theme": "dark", "user": nil,
			} {
				if got.field(path) != want {
					t.Errorf("%s: got %v, want %v", path, got.field(path), want)
				}
			}
			wantEmails(t, got, "emails", "Ada@example.com")
			if verified := got.field("emails").([]any)[0].(members)["verified"]; verified != false {
				t.Errorf("verified: got %v for an address that nobody has proven", verified)
			}
			if _, err := time.Parse(time.RFC3339, got.text("created_at")); err != nil {
				t.Error(err)
			}
		}
		pending := w.createUser("bob@example.com", members{"create_user_as_pending": true})
		if pending.text("status") != "pending" || pending.field("user.external_id") != nil {
			t.Errorf("got %s", pending.body)
		}
	})
}

// A start finds the person that the app has made, whichever way it spells the address.
func TestACreatedUserLogsIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com", members{"create_user_as_pending": true})
		f := newFlow(requiredProject, "ADA@example.com")
		started := w.begin(f)
		if started.text("user_id") != created.text("user_id") || started.field("user_created") != false {
			t.Errorf("got %s, want the user %s", started.body, created.text("user_id"))
		}
		redeemed := w.redeem(f)
		w.wantOK(redeemed)
		if redeemed.text("user.status") != "active" {
			t.Errorf("got %s", redeemed.body)
		}
	})
}

func TestRefusedUsersAreNotMade(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.createUser("ada@example.com", members{"external_id": "taken"})
		good := members{"email": "new@example.com"}
		for _, tc := range []struct {
			name string
			body members
			kind string
		}{
			{"nothing", members{}, "invalid_create_user_request"},
			{"null for an address", members{"email": nil, "name": members{}}, "invalid_create_user_request"},
			{"a phone number", members{"phone_number": "+15551234567"}, "invalid_phone_number"},
			{"a phone number beside an address", with(good, "phone_number", "+15551234567"), "invalid_phone_number"},
			{"a malformed address", members{"email": "ada"}, "invalid_email"},
			{"roles", with(good, "roles", []string{"admin"}), "invalid_rbac_role_id"},
			{"a known address", members{"email": "ADA@example.com"}, "duplicate_email"},
			{"a known address and id", members{"email": "ada@example.com", "external_id": "taken"}, "duplicate_email"},
			{"a known id", with(good, "external_id", "taken"), "duplicate_user_external_id"},
			{"an empty id", with(good, "external_id", ""), "invalid_user_external_id"},
			{"an id of ours", with(good, "external_id", known.text("user_id")), "invalid_user_external_id"},
			{"a path", with(good, "external_id", ".."), "invalid_user_external_id"},
			{"what a path has of its own", with(good, "external_id", "emails"), "invalid_user_external_id"},
			{"another of these", with(good, "external_id", "search"), "invalid_user_external_id"},
			{"a slash", with(good, "external_id", "a/b"), "invalid_user_external_id"},
			{"a NUL", with(good, "external_id", "a\x00"), "invalid_user_external_id"},
			{"an id too long", with(good, "external_id", strings.Repeat("a", 129)), "invalid_user_external_id"},
			{"a name with a line break", with(good, "name", members{"first_name": "Ada\nBcc: eve"}), "invalid_name"},
			{"a name with a NUL", with(good, "name", members{"middle_name": "\x00"}), "invalid_name"},
			{"a name too long", with(good, "name", members{"last_name": strings.Repeat("é", 129)}), "invalid_name"},
			{"metadata too large", with(good, "trusted_metadata", members{"a": strings.Repeat("a", 4089)}), "metadata_too_large"},
			{"untrusted metadata too large", with(good, "untrusted_metadata", members{"a": strings.Repeat("a", 4089)}), "metadata_too_large"},
			{"metadata of another type", with(good, "trusted_metadata", "a"), "invalid_member_type"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w := w.in(t)
				w.wantRefusal(w.users(http.MethodPost, "", tc.body), 400, tc.kind)
				w.wantNoMail("new@example.com")
			})
		}
		w.createUser("new@example.com", members{
			"external_id": strings.Repeat("a", 128), "name": members{"last_name": strings.Repeat("é", 128)},
			"trusted_metadata": members{"a": strings.Repeat("a", 4088)},
		})
		w.wantOK(w.call(http.MethodPost, optionalProject, usersPath, members{"email": "ada@example.com", "external_id": "taken"}))
	})
}

func TestAnUpdateMergesMetadata(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com", members{
			"name":             members{"first_name": "Ada", "last_name": "Byron"},
			"trusted_metadata": members{"plan": "pro", "seats": 3, "flags": members{"a": true}},
		})
		path := "/" + created.text("user_id")
		updated := w.users(http.MethodPut, path, members{
			"name":             members{"last_name": "Lovelace"},
			"trusted_metadata": members{"seats": nil, "flags": members{"b": true}, "new": 1}, "external_id": "crm-7",
		})
		w.wantOK(updated)
		wantEmails(t, updated, "emails", "ada@example.com")
		for _, name := range []string{"phone_numbers", "crypto_wallets"} {
			if list, ok := updated.field(name).([]any); !ok || len(list) != 0 {
				t.Errorf("%s: got %v, want []", name, updated.field(name))
			}
		}
		got := w.users(http.MethodGet, "/crm-7", nil)
		for at, want := range map[string]any{
			"name.first_name": "Ada", "name.last_name": "Lovelace", "trusted_metadata.plan": "pro", "trusted_metadata.seats": nil,
			"trusted_metadata.flags.a": nil, "trusted_metadata.flags.b": true, "trusted_metadata.new": 1.0,
		} {
			if got.field(at) != want {
				t.Errorf("%s: got %v, want %v", at, got.field(at), want)
			}
		}
		w.wantOK(w.users(http.MethodPut, path, members{"external_id": "crm-7", "name": members{"first_name": ""}}))
		if got := w.users(http.MethodGet, path, nil); got.text("name.first_name") != "" {
			t.Errorf("got %s, want an empty first name", got.body)
		}
	})
}

func TestRefusedUpdatesChangeNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.createUser("bob@example.com", members{"external_id": "taken"})
		created := w.createUser("ada@example.com", members{"trusted_metadata": members{"a": strings.Repeat("a", 4000)}})
		path := "/" + created.text("user_id")
		before := w.users(http.MethodGet, path, nil)
		for kind, body := range map[string]members{
			"duplicate_user_external_id": {"external_id": "taken", "name": members{"first_name": "Eve"}},
			"invalid_user_external_id":   {"external_id": created.text("user_id"), "name": members{"first_name": "Eve"}},
			"metadata_too_large":         {"trusted_metadata": members{"b": strings.Repeat("b", 100)}},
			"invalid_name":               {"name": members{"first_name": "Eve\r\n"}},
			"invalid_rbac_role_id":       {"roles": []string{"admin"}},
		} {
			w.wantRefusal(w.users(http.MethodPut, path, body), 400, kind)
		}
		after := w.users(http.MethodGet, path, nil)
		if after.text("name.first_name") != "" || after.field("external_id") != before.field("external_id") {
			t.Errorf("got  %s\nwant %s", after.body, before.body)
		}
	})
}

func TestAnExternalIDGoes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com", members{"external_id": "a|b"})
		gone := w.users(http.MethodDelete, "/a%7Cb/external_id", members{})
		w.wantOK(gone)
		if gone.text("user_id") != created.text("user_id") || gone.field("user.external_id") != nil {
			t.Errorf("got %s", gone.body)
		}
		w.wantRefusal(w.users(http.MethodGet, "/a%7Cb", nil), 404, "user_not_found")
		w.wantOK(w.users(http.MethodDelete, "/"+created.text("user_id")+"/external_id", nil))
		w.createUser("bob@example.com", members{"external_id": "a|b"})
	})
}

func TestNamesThatAreNobodys(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com", members{"external_id": "ada"})
		foreign := w.call(http.MethodPost, optionalProject, usersPath, members{"email": "eve@example.com", "external_id": "eve"})
		for name, kind := range map[string]string{
			"nobody": "user_not_found", "eve": "user_not_found", foreign.text("user_id"): "user_not_found",
			"user-test-1": "user_not_found", "user-live-" + created.text("user_id")[10:]: "user_not_found",
			"a b": "invalid_user_id", "a\x00b": "invalid_user_id", "\xff": "invalid_user_id", "é": "invalid_user_id",
			strings.Repeat("a", 129): "invalid_user_id",
		} {
			status := map[string]int{"user_not_found": 404, "invalid_user_id": 400}[kind]
			path := "/" + url.PathEscape(name)
			for _, got := range []answer{
				w.users(http.MethodGet, path, nil),
				w.users(http.MethodPut, path, members{}),
				w.users(http.MethodPut, path+"/exchange_primary_factor", members{"email_address": "new@example.com"}),
				w.users(http.MethodDelete, path, members{}),
				w.users(http.MethodDelete, path+"/external_id", nil),
			} {
				w.wantRefusal(got, status, kind)
			}
		}
	})
}

// What other products of the wire format's vendor have is not here, in its shape.
func TestOtherProductsAreNotHere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, product := range []string{
			"phone_numbers", "totps", "passwords", "oauth", "webauthn_registrations", "biometric_registrations", "crypto_wallets",
		} {
			w.wantRefusal(w.users(http.MethodDelete, "/"+product+"/"+product+"-test-1", members{}), 404, "route_not_found")
		}
		w.wantRefusal(w.users(http.MethodGet, "", nil), 405, "method_not_allowed")
		w.wantRefusal(w.users(http.MethodGet, "/a/connected_apps", nil), 404, "route_not_found")
	})
}

func TestUsersNeedTheSecret(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, route := range []string{
			"POST ", "POST /search", "GET /a", "PUT /a", "PUT /a/exchange_primary_factor", "DELETE /a", "DELETE /a/external_id", "DELETE /emails/a",
		} {
			method, path, _ := strings.Cut(route, " ")
			r := httptest.NewRequest(method, usersPath+path, strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/json")
			w.wantRefusal(w.do(r), 401, "unauthorized_credentials")
		}
	})
}
