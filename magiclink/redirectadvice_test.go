package magiclink

import (
	"strings"
	"testing"

	"latchkey/models"
)

func TestExplain(t *testing.T) {
	var list Redirects
	for written, kinds := range map[string][]models.LinkKind{
		"https://app.example/welcome":    nil,
		"https://app.example/open?*":     {models.LinkLogin},
		"http://127.0.0.1:*/callback":    nil,
		"com.example.app://callback":     nil,
		"https://other.example/welcome2": nil,
	} {
		entry, err := ParseRedirectEntry(written, kinds)
		fatal(t, err)
		list.Entries = append(list.Entries, entry)
	}
	for _, tc := range []struct {
		url  string
		kind models.LinkKind
		want string // in the answer, or, after a !, in the error
	}{
		{"https://app.example/welcome", models.LinkLogin, "matches https://app.example/welcome"},
		{"https://app.example/open?a=b", models.LinkLogin, "matches https://app.example/open?*"},
		{"https://app.example/open?a=b", models.LinkSignup, "!differs in its path, query: https://app.example/welcome"},
		{"http://127.0.0.1:3000/callback", models.LinkSignup, "matches http://127.0.0.1:*/callback"},
		{"https://app.example/welcome?x", models.LinkLogin, "!differs in its query: https://app.example/welcome"},
		{"https://app.example:8443/welcome", models.LinkLogin, "!differs in its port: https://app.example/welcome"},
		{"http://app.example/welcome", models.LinkLogin, "!differs in its scheme: https://app.example/welcome"},
		{"https://www.app.example/welcome", models.LinkLogin, "!differs in its host: https://app.example/welcome"},
		{"javascript:alert(1)", models.LinkLogin, "!no link may lead there"},
	} {
		got, err := list.Explain(tc.url, tc.kind)
		want, refused := strings.CutPrefix(tc.want, "!")
		if err != nil {
			got = err.Error()
		}
		if refused != (err != nil) || !strings.Contains(got, want) {
			t.Errorf("%s for %s: got %q, want %q", tc.url, tc.kind, got, tc.want)
		}
	}
	if _, err := (Redirects{}).Explain("https://app.example/", models.LinkLogin); err == nil {
		t.Error("an empty list took a URL")
	}
}

// TestExplainAgreesWithCheck: what the operator is told must be what a start does.
func TestExplainAgreesWithCheck(t *testing.T) {
	rows := readRows(t, "testdata/redirects.txt")
	list := entriesOf(t, rows)
	for _, r := range rows {
		if r.values[0] == "" {
			continue // to Check, nothing asked for is the default
		}
		_, checked := list.Check(r.values[0], models.LinkLogin)
		_, explained := list.Explain(r.values[0], models.LinkLogin)
		if (checked == nil) != (explained == nil) {
			t.Errorf("line %d: %q: Check says %v, Explain %v", r.line, r.values[0], checked, explained)
		}
	}
}
