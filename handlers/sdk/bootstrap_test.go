package sdk

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestBootstrapIsWhatClientsNeed, member by member: one that is missing turns PKCE off in
// the client, or makes it throw.
func TestBootstrapIsWhatClientsNeed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		got := w.page().call(http.MethodGet, "/projects/bootstrap/"+strictToken, nil)
		w.wantData(got)
		data := got.field("data").(members)
		delete(data, "request_id")
		want := `{"captcha_settings":{"enabled":false},"cname_domain":null,"create_organization_enabled":false,` +
			`"disable_sdk_watermark":true,"email_domains":[],"password_config":null,` +
			`"pkce_required_for_email_magic_links":true,"pkce_required_for_oauth":true,"pkce_required_for_password_resets":true,"pkce_required_for_sso":true,` +
			`"project_name":"Strict","rbac_policy":{"resources":[],"roles":[]},"siwe_required_for_crypto_wallets":false,"slug_pattern":null,"status_code":200,"vertical":"CONSUMER"}`
		if encoded, err := json.Marshal(data); err != nil || string(encoded) != want {
			t.Errorf("got %s, want %s", encoded, want)
		}
	})
}

// TestBootstrapNeverFailsForTheSession: a client that gets no answer goes on without
// PKCE, and it sends whatever session it last had.
func TestBootstrapNeverFailsForTheSession(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, _ := w.page().come("ada@example.com")
		w.wantData(in.post("/sessions/revoke", nil))
		for _, page := range []client{in, in.signedIn("nonsense"), w.page()} {
			w.wantData(page.call(http.MethodGet, "/projects/bootstrap/"+strictToken, nil))
		}
		bare := w.page().request(http.MethodGet, "/projects/bootstrap/"+strictToken, nil)
		bare.Header.Del("Authorization")
		w.wantData(w.do(bare))
		w.wantRefusal(w.page().call(http.MethodGet, "/projects/bootstrap/public-token-test-nobody", nil), 404, "public_token_not_found")
	})
}

// TestEventsAreTakenAndForgotten: a list of them, without credentials.
func TestEventsAreTakenAndForgotten(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, body := range []any{[]members{{"telemetry": members{}, "event": members{"name": "b2c_sdk_loaded"}}}, nil, strings.Repeat("x", 100<<10)} {
			r := w.page().request(http.MethodPost, "/events", body)
			r.Header.Del("Authorization")
			got := w.do(r)
			w.wantData(got)
			if got.Header.Get("Access-Control-Allow-Origin") != appOrigin {
				t.Errorf("got %q, want that %s may read it", got.Header.Get("Access-Control-Allow-Origin"), appOrigin)
			}
		}
	})
}

func TestIdsNameTheEnvironmentThatClientsReadFromTheToken(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for environment, page := range map[string]client{"test": w.page(), "live": w.app()} {
			_, redeemed := page.come("ada@example.com")
			for member, kind := range map[string]string{
				"data.request_id": "request-id", "data.user_id": "user", "data.method_id": "email", "data.session.session_id": "session",
			} {
				if got := redeemed.text(member); !strings.HasPrefix(got, kind+"-"+environment+"-") {
					t.Errorf("%s: got %q, want it to begin with %s-%s-", member, got, kind, environment)
				}
			}
			booted := page.call(http.MethodGet, "/projects/bootstrap/"+page.token, nil)
			if got := booted.text("data.request_id"); !strings.HasPrefix(got, "request-id-"+environment+"-") {
				t.Errorf("bootstrap: got %q", got)
			}
		}
	})
}
