package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// goSDK asks as the vendor's Go SDK does. That one cannot be fetched as a module, so
// these are the facts in its source on which it stands or falls: it fetches the key set
// when it is made, it takes no answer for a success but 200 and 201, its time.Time
// refuses "", it leaves out whatever is zero, and its DELETE has no body.
type goSDK struct {
	t *testing.T
	backEnd
}

func TestFactsOfTheGoSDK(t *testing.T) {
	t.Parallel()
	dev := startDev(t)
	sdk := goSDK{t, dev.backEnd()}

	// Its base ends in a slash here, which it does not trim for the key set.
	status, keys := get(t, sdk.url+"//v1/sessions/jwks/"+sdk.project)
	if status != http.StatusOK {
		t.Fatalf("key set, without credentials: got %d, want 200", status)
	}
	parseKeySet(t, keys)

	user := sdk.call(http.MethodPost, "/v1/users", body{"email": "ada@example.com"}, "")["user_id"].(string)
	mine := "/v1/users/" + user
	pair := newPair()
	sdk.call(http.MethodPost, startPath, body{"email": "ada@example.com", "code_challenge": pair.challenge}, "")
	redeem := body{"token": dev.mail(t, "ada@example.com").Token, "code_verifier": pair.verifier}
	sdk.call(http.MethodPost, "/v1/magic_links/authenticate", body{"token": redeem["token"]}, "pkce_expected_code_verifier")
	redeem["session_duration_minutes"] = 60
	in := sdk.call(http.MethodPost, "/v1/magic_links/authenticate", redeem, "")
	sdk.checkClaims(in["session_jwt"].(string))

	session := body{"session_token": in["session_token"]}
	sdk.call(http.MethodPost, "/v1/sessions/authenticate", session, "")
	sdk.call(http.MethodGet, "/v1/sessions?user_id="+user, nil, "")
	sdk.call(http.MethodPost, "/v1/sessions/revoke", session, "")
	sdk.call(http.MethodPost, "/v1/sessions/authenticate", session, "session_not_found")

	sdk.call(http.MethodPost, "/v1/magic_links", body{"user_id": user}, "")
	sdk.call(http.MethodPost, "/v1/magic_links/email/invite", body{"email": "grace@example.com"}, "")
	sdk.call(http.MethodPost, "/v1/magic_links/email/revoke_invite", body{"email": "grace@example.com"}, "")
	sdk.call(http.MethodGet, mine, nil, "")
	sdk.call(http.MethodPut, mine, body{"external_id": "crm|1"}, "")
	sdk.call(http.MethodPost, "/v1/users/search", body{}, "")
	sdk.call(http.MethodDelete, mine+"/external_id", nil, "")
	sdk.call(http.MethodDelete, mine, nil, "")
	sdk.call(http.MethodGet, mine, nil, "user_not_found")

	sdk.call(http.MethodPost, "/v1/passwords", body{}, "route_not_found")
	sdk.call(http.MethodPatch, mine, body{}, "method_not_allowed")
	sdk.secret = "secret-test-of-somebody-else"
	sdk.call(http.MethodGet, mine, nil, "unauthorized_credentials")
}

// call checks what must hold for any answer, and returns it.
func (s goSDK) call(method, path string, content body, errorType string) (answer map[string]any) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, requestBody(s.t, content))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(s.project, s.secret)
	req.Header.Set("Content-Type", "application/json") // without a body, too
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	got, _ := answer["error_type"].(string)
	if got != errorType || (res.StatusCode == http.StatusOK) != (errorType == "") || answer["status_code"] != float64(res.StatusCode) {
		s.t.Fatalf("%s %s: got %d %q (status_code %v), want %q", method, path, res.StatusCode, got, answer["status_code"], errorType)
	}
	checkTimes(s.t, method+" "+path, answer)
	return answer
}

func requestBody(t *testing.T, content body) io.Reader {
	t.Helper()
	if content == nil {
		return nil
	}
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(text)
}

// checkTimes looks for instants that Go's time.Time would not take, however deep.
func checkTimes(t *testing.T, where string, value any) {
	t.Helper()
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			checkTimes(t, where, element)
		}
	case map[string]any:
		for name, member := range value {
			checkTimes(t, where+" "+name, member)
			text, isText := member.(string)
			if !strings.HasSuffix(name, "_at") || !isText {
				continue
			}
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				t.Errorf("%s: got %s = %q, want null or RFC 3339", where, name, text)
			}
		}
	}
}

// checkClaims wants what the SDK takes out of a JWT without asking whether it is there.
func (s goSDK) checkClaims(token string) {
	s.t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		s.t.Fatal(err)
	}
	var claims struct {
		IssuedAt float64 `json:"iat"`
		Issuer   string  `json:"iss"`
		Session  struct {
			ID         string          `json:"id"`
			StartedAt  time.Time       `json:"started_at"`
			AccessedAt time.Time       `json:"last_accessed_at"`
			ExpiresAt  time.Time       `json:"expires_at"`
			Attributes *map[string]any `json:"attributes"`
		} `json:"https://stytch.com/session"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		s.t.Fatal(err)
	}
	session := claims.Session
	if claims.IssuedAt == 0 || claims.Issuer != s.url || session.ID == "" || session.Attributes == nil ||
		session.StartedAt.IsZero() || session.AccessedAt.IsZero() || session.ExpiresAt.IsZero() {
		s.t.Errorf("session JWT: got %s, want iat, iss %s and a whole session", payload, s.url)
	}
}
