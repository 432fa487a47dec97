package magiclink

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/problem"
)

func TestAddresses(t *testing.T) {
	rows := readRows(t, "testdata/addresses.txt")
	enough(t, rows, "taken", 20)
	enough(t, rows, "refused", 120)
	for _, r := range rows {
		address, err := ParseAddress(r.values[0])
		switch {
		case r.verdict == "taken" && (err != nil || address.String() != r.values[1]):
			t.Errorf("line %d: %q: got %q, %v, want %q:%s", r.line, r.values[0], address, err, r.values[1], r.reason)
		case r.verdict == "refused" && !errors.Is(err, problem.InvalidEmail):
			t.Errorf("line %d: %q: got %q, %v, want %v:%s", r.line, r.values[0], address, err, problem.InvalidEmail, r.reason)
		}
	}
}

func TestAddressLimits(t *testing.T) {
	label := strings.Repeat("d", 63)
	domain := strings.Join([]string{label, label, strings.Repeat("d", 58), "de"}, ".") // 189 characters
	for _, c := range []struct {
		name, address string
		taken         bool
	}{
		{"local part of 64", strings.Repeat("a", 64) + "@b.de", true},
		{"local part of 65", strings.Repeat("a", 65) + "@b.de", false},
		{"label of 63", "a@" + label + ".de", true},
		{"label of 64", "a@" + label + "d.de", false},
		{"address of 254", strings.Repeat("a", 64) + "@" + domain, true},
		{"address of 255", strings.Repeat("a", 64) + "@" + domain + "x", false},
		// 60 characters, and 67 as an A-label.
		{"A-label over 63", "a@" + strings.Repeat("x", 59) + "ü.de", false},
	} {
		if _, err := ParseAddress(c.address); (err == nil) != c.taken {
			t.Errorf("%s: got %v, want taken %v", c.name, err, c.taken)
		}
	}
	if n := 65 + len(domain); n != 254 {
		t.Errorf("the longest address of this test has %d characters, want 254", n)
	}
}

func TestOneMailboxHasOneIdentity(t *testing.T) {
	for _, spellings := range [][]string{
		{"ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM"},
		{"ada@bücher.example", "ada@BÜCHER.example", "ada@bu\u0308cher.example", "ada@xn--bcher-kva.example", "ADA@XN--Bcher-KVA.example"},
	} {
		for _, spelling := range spellings {
			if got, want := identity(t, spelling), identity(t, spellings[0]); got != want {
				t.Errorf("%q: got identity %q, want that of %q, %q", spelling, got, spellings[0], want)
			}
		}
	}
}

func TestTwoMailboxesHaveTwoIdentities(t *testing.T) {
	seen := make(map[string]string)
	for _, address := range []string{
		"ada@example.com", "ada+news@example.com", "a.da@example.com", "ada@sub.example.com", "ada@xn--exmple-cua.com",
		"ida@example.com", "bilgi@example.com", "ada@bilgi.example", "ada@bılgi.example", "ada@strasse.example", "ada@straße.example",
	} {
		key := identity(t, address)
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q share the identity %q", address, other, key)
		}
		seen[key] = address
	}
}

// The local part is ASCII by then; the fold does not lean on it.
func TestOnlyASCIILettersAreFolded(t *testing.T) {
	if got, want := asciiLower("AZ@[`{\u212a\u0130\u00c9\xff"), "az@[`{\u212a\u0130\u00c9\xff"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func identity(t *testing.T, address string) string {
	t.Helper()
	parsed, err := ParseAddress(address)
	fatal(t, err)
	return parsed.Identity()
}

// FuzzAddress: what is taken is taken again as it is stored, and is one line of
// ASCII that an SMTP command or a header cannot be broken out of.
func FuzzAddress(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		address, err := ParseAddress(s)
		if err != nil {
			return
		}
		again, err := ParseAddress(address.String())
		if err != nil || again != address {
			t.Errorf("%q became %q, which became %q, %v", s, address, again, err)
		}
		if strings.ContainsFunc(address.String(), func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>(),;:\"[]`, r) }) {
			t.Errorf("%q became %q", s, address)
		}
		if strings.Count(address.String(), "@") != 1 || len(address.String()) > 254 {
			t.Errorf("%q became %q", s, address)
		}
	})
}

// FuzzIdentity: a label in ASCII keeps its letters, one outside ASCII becomes an
// A-label, and none of its characters was ASCII in disguise. So two addresses in
// ASCII are one mailbox only if they differ in case, and one outside ASCII is never
// the twin of one written plainly.
func FuzzIdentity(f *testing.F) {
	f.Fuzz(func(t *testing.T, a, b string) {
		one, err := ParseAddress(a)
		if err != nil {
			return
		}
		checkLabels(t, a, one)
		if key, err := ParseAddress(one.Identity()); err != nil || key.Identity() != one.Identity() {
			t.Errorf("%q has the identity %q, whose own is %q, %v", a, one.Identity(), key.Identity(), err)
		}
		other, err := ParseAddress(b)
		if err != nil {
			return
		}
		checkLabels(t, b, other)
		if plain(a) && plain(b) && (one.Identity() == other.Identity()) != (foldASCII(a) == foldASCII(b)) {
			t.Errorf("%q is %q, %q is %q", a, one.Identity(), b, other.Identity())
		}
	})
}

func checkLabels(t *testing.T, written string, address Address) {
	t.Helper()
	local, domain, _ := strings.Cut(written, "@")
	labels, stored := strings.Split(domain, "."), strings.Split(address.domain, ".")
	if len(labels) != len(stored) || address.Identity() != foldASCII(local)+"@"+address.domain {
		t.Fatalf("%q became %q", written, address)
	}
	for i, label := range labels {
		if plain(label) && stored[i] != foldASCII(label) || !plain(label) && !strings.HasPrefix(stored[i], "xn--") {
			t.Errorf("%q: the label %q became %q", written, label, stored[i])
		}
		for _, r := range label {
			if r > unicode.MaxASCII && plain(norm.NFKC.String(string(r))) {
				t.Errorf("%q: %U is ASCII in disguise", written, r)
			}
		}
	}
}

func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r = unicode.ToLower(r)
		}
		return r
	}, s)
}
