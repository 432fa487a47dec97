package apitest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	aReply = `"request_id":"request-id-test-00000000-0000-4000-8000-000000000000","status_code":200`
	aUser  = `"user_id":"user-test-00000000-0000-4000-8000-000000000000"`
	anID   = `"email_id":"email-test-00000000-0000-4000-8000-000000000000"`
	sent   = "{" + aReply + "," + aUser + "," + anID + "}"
)

func refused(status, kind, more string) string {
	return `{"request_id":"request-id-test-00000000-0000-4000-8000-000000000000","status_code":` + status +
		`,"error_type":"` + kind + `","error_message":"No.","error_url":"https://login.example.com/errors"` + more + `}`
}

func TestWhatTheDocumentDoesNotAllowIsFound(t *testing.T) {
	const invite, asked = "/v1/magic_links/email/invite", `{"email":"ada@example.com"}`
	for _, tc := range []struct {
		name, path, asked string
		status            int
		kind, answered    string
		want              string // a part of the complaint; empty where it is all right
	}{
		{"a success", invite, asked, 200, jsonType, sent, ""},
		{"a member that no request has", invite, `{"email":"ada@example.com","a":1}`, 200, jsonType, sent, ""},
		{"null for absent", invite, `{"email":"ada@example.com","name":{"first_name":null},"locale":null}`, 200, jsonType, sent, ""},
		{"a refusal", invite, `{"email":1}`, 400, jsonType, refused("400", "invalid_member_type", ""), ""},
		{"a detail", invite, `{}`, 400, jsonType, refused("400", "invalid_email", `,"error_details":{"member":"email"}`), ""},
		{"no such path", "/v1/nothing", asked, 404, jsonType, refused("404", "route_not_found", ""), ""},

		{"an undocumented member", invite, asked, 200, jsonType, sent[:len(sent)-1] + `,"token":"x"}`, "/token"},
		{"an undocumented detail", invite, asked, 400, jsonType, refused("400", "invalid_email", `,"error_details":{"email":"x"}`), "/error_details"},
		{"a missing member", invite, asked, 200, jsonType, "{" + aReply + "," + aUser + "}", "email_id"},
		{"a wrong type", invite, asked, 200, jsonType, strings.Replace(sent, "200", `"200"`, 1), "/status_code"},
		{"an id of another kind", invite, asked, 200, jsonType, strings.Replace(sent, `:"user-`, `:"session-`, 1), "/user_id"},
		{"an undocumented status", invite, asked, 404, jsonType, refused("404", "email_not_found", ""), "404"},
		{"an undocumented type of error", invite, asked, 400, jsonType, refused("400", "missing_member", ""), "/error_type"},
		{"a page for JSON", invite, asked, 200, "text/html", sent, "text/html"},
		{"no Retry-After", invite, asked, 429, jsonType, refused("429", "too_many_requests", ""), "Retry-After"},
		{"a request without what is required", invite, `{}`, 200, jsonType, sent, "email"},
		{"a request with a wrong value", invite, `{"email":"ada@example.com","invite_expiration_minutes":4}`, 200, jsonType, sent, "/invite_expiration_minutes"},
		{"a success of a path that is not listed", "/v1/nothing", asked, 200, jsonType, sent, "/status_code"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, tc.path, nil)
			r.SetBasicAuth("project", "secret")
			response := &http.Response{StatusCode: tc.status, Header: http.Header{"Content-Type": {tc.kind}}}
			err := loaded(t).check(exchange{r, []byte(tc.asked), response, []byte(tc.answered)})
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("got %v, want no complaint", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want a complaint about %s", err, tc.want)
			}
		})
	}
}

// Whoever was let in without the credentials that the document asks for came through a
// door that should be closed.
func TestCredentialsThatTheDocumentAsksForAreLookedFor(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/v1/magic_links/email/invite", nil)
	response := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {jsonType}}}
	if err := loaded(t).check(exchange{r, []byte(`{"email":"ada@example.com"}`), response, []byte(sent)}); err == nil {
		t.Error("a request without credentials passed")
	}
}
