package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
)

// FuzzBody: a body that is taken is what every other parser would make of it, too:
// one object in UTF-8 with no name twice, and the same values.
func FuzzBody(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var ours startRequest
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		c.Request.Header.Set("Content-Type", "application/json")
		if door.Decode(c, &ours) != nil {
			return
		}
		if !utf8.Valid(body) {
			t.Fatal("took bytes that are not UTF-8")
		}
		theirs := members{}
		if err := json.Unmarshal(body, &theirs); err != nil {
			t.Fatalf("took what encoding/json refuses: %v", err)
		}
		if got, _ := theirs["email"].(string); got != ours.Email {
			t.Errorf("email: we read %q, encoding/json %q", ours.Email, got)
		}
		if got, _ := theirs["code_challenge"].(string); got != ours.CodeChallenge {
			t.Errorf("code_challenge: we read %q, encoding/json %q", ours.CodeChallenge, got)
		}
		if names := countNames(t, body); names != len(theirs) {
			t.Errorf("took %d names for %d", names, len(theirs))
		}
	})
}

// countNames counts the names of the outer object, each as often as it stands there.
func countNames(t *testing.T, body []byte) (names int) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	depth, isName := 0, false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		delim, _ := token.(json.Delim)
		switch {
		case delim == '{' || delim == '[':
			depth++
			isName = depth == 1
		case delim != 0:
			depth--
			isName = depth == 1
		case depth == 1 && isName:
			names, isName = names+1, false
		case depth == 1:
			isName = true
		}
	}
}

// FuzzBasic: who is let in has sent a project's id and its secret, letter by letter.
func FuzzBasic(f *testing.F) {
	api := &API{Projects: map[string]Project{
		requiredProject: {ID: requiredProject, SecretHashes: [][32]byte{sha256.Sum256([]byte(secret))}},
	}}
	f.Fuzz(func(t *testing.T, header string) {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(http.MethodPost, "/", nil)
		c.Request.Header.Set("Authorization", header)
		if api.authenticate(c) != nil {
			return
		}
		scheme, encoded, _ := strings.Cut(header, " ")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if !strings.EqualFold(scheme, "basic") || err != nil || string(raw) != requiredProject+":"+secret {
			t.Errorf("%q was let in", header)
		}
	})
}
