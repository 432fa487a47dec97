package magiclink

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/problem"
	"latchkey/models"
)

// guards are what refuses a URL, by a part of what it says.
var guards = map[string]string{
	"bytes":    "percent-encode it|backslash|fragment|must have 1 to 2048",
	"absolute": "is not absolute",
	"parse":    "is no URL",
	"scheme":   "which leads to no app|that no app can own",
	"user":     "user name|is no URL",
	"host":     "no host that browsers agree about",
	"port":     "no port from 1 to 65535",
	"query":    "reserved for the landing|query that cannot be decoded",
}

func TestRedirects(t *testing.T) {
	rows := readRows(t, "testdata/redirects.txt")
	enough(t, rows, "listed", 30)
	enough(t, rows, "unlisted", 50)
	enough(t, rows, "refused", 180)
	list := entriesOf(t, rows)
	for _, r := range rows {
		asked := r.values[0]
		target, err := list.Check(asked, models.LinkLogin)
		switch {
		case r.verdict == "listed" && (err != nil || target.String() != asked):
			t.Errorf("line %d: %q: got %q, %v, want it back:%s", r.line, asked, target, err, r.reason)
		case r.verdict == "unlisted" && !errors.Is(err, problem.NoMatchForRedirectURL):
			t.Errorf("line %d: %q: got %q, %v, want %v:%s", r.line, asked, target, err, problem.NoMatchForRedirectURL, r.reason)
		case r.verdict == "refused":
			checkRefusal(t, r)
		}
		if err == nil {
			checkReading(t, target)
		}
	}
}

func entriesOf(t *testing.T, rows []row) (list Redirects) {
	t.Helper()
	for _, r := range rows {
		if r.verdict == "entry" {
			list.Entries = append(list.Entries, entry(t, r.values[0]))
		}
	}
	return list
}

func entry(t *testing.T, written string, kinds ...models.LinkKind) RedirectEntry {
	t.Helper()
	e, err := ParseRedirectEntry(written, kinds)
	if err != nil {
		t.Fatalf("entry %q: %v", written, err)
	}
	return e
}

// checkRefusal holds the refusal against the guard that the table names, so that no
// guard hides behind another.
func checkRefusal(t *testing.T, r row) {
	t.Helper()
	target, err := ParseTarget(r.values[0])
	if err == nil {
		t.Errorf("line %d: %q was taken as %+v:%s", r.line, r.values[0], target, r.reason)
		return
	}
	guard, _, _ := strings.Cut(strings.TrimSpace(r.reason), ":")
	says := strings.Split(guards[guard], "|")
	if !slices.ContainsFunc(says, func(s string) bool { return strings.Contains(err.Error(), s) }) {
		t.Errorf("line %d: %q: got %q, want it refused by %q", r.line, r.values[0], err, guard)
	}
}

func TestRedirectLimit(t *testing.T) {
	base := "https://app.example/"
	longest := base + strings.Repeat("a", 2048-len(base))
	if _, err := ParseTarget(longest); err != nil {
		t.Errorf("2048 characters: got %v", err)
	}
	if _, err := ParseTarget(longest + "a"); err == nil {
		t.Error("2049 characters were taken")
	}
}

func TestRedirectEntriesThatAreRefused(t *testing.T) {
	for written, why := range map[string]string{
		"":                                "nothing",
		"*":                               "a wildcard for everything",
		"https://*.app.example/cb":        "a wildcard for hosts",
		"https://*/cb":                    "a wildcard for hosts",
		"https://app.example/*":           "a wildcard for paths",
		"https://app.example/cb*":         "a wildcard for paths",
		"https://app.example/cb?a=*":      "a wildcard for values",
		"https://app.example/cb?*&a=1":    "a wildcard for half a query",
		"https://app.example/cb?*?*":      "two wildcards",
		"https://app.example:*/cb":        "an open port on a host that others can reach",
		"https://192.0.2.1:*/cb":          "an open port on a host that others can reach",
		"http://localhost.evil.example:*": "an open port on a host that others can reach",
		"http://localhost/cb:*":           "an open port where no port stands",
		"http://localhost/?a=:*":          "an open port where no port stands",
		"http://localhost:80:*/cb":        "an open port beside a port",
		"http://localhost:*0/cb":          "half a port",
		"http://localhost:*:*/cb":         "two open ports",
		"http://[::*]/cb":                 "a piece of an address",
		"http:*//localhost/cb":            "an open port where no port stands",
		"com.example.app://localhost:*/":  "an app's own scheme has no ports",
		"http://app.example/cb":           "plain http to another machine",
		"http://192.0.2.1/cb":             "plain http to another machine",
		"https://user@app.example/cb":     "a user name",
		"javascript:alert(1)":             "runs",
		"myapp://callback":                "anybody's scheme",
		"https://app.example/cb#x":        "a fragment",
		"https://app.example/cb?token=1":  "a reserved name",
		" https://app.example/cb":         "a space",
	} {
		if e, err := ParseRedirectEntry(written, nil); err == nil {
			t.Errorf("%q was taken as %+v: %s", written, e, why)
		}
	}
}

func TestAnEntryKeepsWhatWasWritten(t *testing.T) {
	for written, want := range map[string]string{
		"https://app.example/cb":      "https://app.example/cb",
		"https://app.example/cb?*":    "https://app.example/cb?*",
		"http://127.0.0.1:*/cb":       "http://127.0.0.1:*/cb",
		"HTTPS://App.example:443/cb?": "HTTPS://App.example:443/cb?",
	} {
		if got := entry(t, written).String(); got != want {
			t.Errorf("%q: got %q, want %q", written, got, want)
		}
	}
}

func TestAnEntryServesItsKindsOnly(t *testing.T) {
	list := Redirects{Entries: []RedirectEntry{
		entry(t, "https://app.example/login", models.LinkLogin),
		entry(t, "https://app.example/signup", models.LinkSignup),
		entry(t, "https://app.example/both"),
	}}
	for _, c := range []struct {
		url  string
		kind models.LinkKind
		want error
	}{
		{"https://app.example/login", models.LinkLogin, nil},
		{"https://app.example/login", models.LinkSignup, problem.NoMatchForRedirectURL},
		{"https://app.example/signup", models.LinkSignup, nil},
		{"https://app.example/signup", models.LinkLogin, problem.NoMatchForRedirectURL},
		{"https://app.example/both", models.LinkLogin, nil},
		{"https://app.example/both", models.LinkSignup, nil},
	} {
		if _, err := list.Check(c.url, c.kind); !errors.Is(err, c.want) {
			t.Errorf("%s for %s: got %v, want %v", c.url, c.kind, err, c.want)
		}
	}
}

func TestTheDefaultIsTheFirstLiteralEntryOfTheKind(t *testing.T) {
	list := Redirects{Entries: []RedirectEntry{
		entry(t, "https://app.example/any?*"),
		entry(t, "http://127.0.0.1:*/cb"),
		entry(t, "https://app.example/signup", models.LinkSignup),
		entry(t, "https://app.example/first"),
		entry(t, "https://app.example/second"),
	}}
	for kind, want := range map[models.LinkKind]string{
		models.LinkLogin: "https://app.example/first", models.LinkSignup: "https://app.example/signup",
	} {
		got, err := list.Check("", kind)
		if err != nil || got.String() != want {
			t.Errorf("%s: got %q, %v, want %q", kind, got, err, want)
		}
	}
	list.Entries = list.Entries[:2]
	if got, err := list.Check("", models.LinkLogin); !errors.Is(err, problem.NoDefaultLoginRedirectURL) {
		t.Errorf("without a literal entry: got %q, %v, want %v", got, err, problem.NoDefaultLoginRedirectURL)
	}
}

func TestAnyLoopbackTakesThisMachineOnly(t *testing.T) {
	list := Redirects{AnyLoopback: true}
	for asked, want := range map[string]error{
		"http://localhost/x?y=z":            nil,
		"https://LOCALHOST:8443/":           nil,
		"http://127.0.0.1:3000/":            nil,
		"http://127.1.2.3/":                 nil,
		"http://[::1]:3000/":                nil,
		"https://app.example/":              problem.NoMatchForRedirectURL,
		"http://10.0.0.1/":                  problem.NoMatchForRedirectURL,
		"http://0.0.0.0/":                   problem.NoMatchForRedirectURL,
		"http://[::]/":                      problem.NoMatchForRedirectURL,
		"http://localhost.evil.example/":    problem.NoMatchForRedirectURL,
		"http://127.0.0.1.evil.example/":    problem.NoMatchForRedirectURL,
		"http://sub.localhost/":             problem.NoMatchForRedirectURL,
		"latchkey-demo://localhost/":        problem.NoMatchForRedirectURL,
		"http://localhost@evil.example/":    problem.InvalidRedirectURL,
		"http://localhost\\.evil.example/":  problem.InvalidRedirectURL,
		"http://localhost:80@evil.example/": problem.InvalidRedirectURL,
		"":                                  problem.NoDefaultLoginRedirectURL,
	} {
		if _, err := list.Check(asked, models.LinkLogin); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", asked, err, want)
		}
	}
}

func TestARefusedURLIsNotQuoted(t *testing.T) {
	const secret = "s3cret"
	for _, asked := range []string{
		"https://app.example/" + secret + " ", "https://" + secret + "@app.example/", "https://app.example/?token[" + secret + "]",
		"https://app.example/?" + secret + "%zz", "https://" + secret + "_/", "https://[" + secret, secret + "://x",
	} {
		_, err := Redirects{}.Check(asked, models.LinkLogin)
		if p := problem.From(err); strings.Contains(p.Message+p.Details["reason"], secret) {
			t.Errorf("%q: the refusal quotes it: %q", asked, p.Details["reason"])
		}
	}
}

func TestLandingKeepsTheQueryAndAddsOurs(t *testing.T) {
	ours := url.Values{"token": {"t"}, "token_type": {"magic_links"}}
	for raw, want := range map[string]string{
		"https://app.example":                  "https://app.example?token=t&token_type=magic_links",
		"https://app.example/cb":               "https://app.example/cb?token=t&token_type=magic_links",
		"https://app.example/cb?":              "https://app.example/cb?token=t&token_type=magic_links",
		"https://app.example/cb?b=%20+&a=/?&b": "https://app.example/cb?b=%20+&a=/?&b&token=t&token_type=magic_links",
		"https://app.example/cb?a=b?":          "https://app.example/cb?a=b?&token=t&token_type=magic_links",
		"https://app.example/cb?a=%7E~%2f":     "https://app.example/cb?a=%7E~%2f&token=t&token_type=magic_links",
		"com.example.app:/cb":                  "com.example.app:/cb?token=t&token_type=magic_links",
	} {
		target, err := ParseTarget(raw)
		fatal(t, err)
		if got := target.Landing(ours); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
