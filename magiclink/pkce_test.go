package magiclink

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"latchkey/internal/problem"
)

// The example of RFC 7636, appendix B.
const (
	exampleVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	exampleChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestChallengeOfTheExampleInTheRFC(t *testing.T) {
	if got := ChallengeOf(exampleVerifier); got != exampleChallenge {
		t.Errorf("got %s, want %s", got, exampleChallenge)
	}
}

func TestNewVerifiersDifferAndAreTaken(t *testing.T) {
	one, other := NewVerifier(), NewVerifier()
	if one == other {
		t.Errorf("got %s twice", one)
	}
	if err := errors.Join(checkVerifier(one), checkChallenge(ChallengeOf(one))); err != nil {
		t.Error(err)
	}
}

func TestChallenges(t *testing.T) {
	for challenge, why := range map[string]string{
		"":                                "nothing",
		exampleChallenge[:42]:             "one character short",
		exampleChallenge + "A":            "one character long",
		exampleChallenge + "=":            "padding",
		exampleChallenge[:42] + "=":       "padding in place of a character",
		exampleChallenge[:42] + "N":       "a second spelling: unused bits that are set",
		exampleChallenge + "\n":           "a line break",
		exampleChallenge[:42] + "\n":      "a line break in place of a character",
		"\n" + exampleChallenge[1:]:       "a line break in place of a character",
		exampleChallenge[:40] + "\n\n\n":  "40 characters, which decode, and line breaks, which are skipped",
		"\r\n" + exampleChallenge:         "a line break in front",
		" " + exampleChallenge[1:]:        "a space",
		"+" + exampleChallenge[1:]:        "the other base64 alphabet",
		"/" + exampleChallenge[1:]:        "the other base64 alphabet",
		"é" + exampleChallenge[2:]:        "not ASCII",
		strings.Repeat("ab", 32):          "hexadecimal",
		strings.Repeat("A", 86):           "a SHA-512",
		exampleVerifier + exampleVerifier: "two of them",
	} {
		if err := checkChallenge(challenge); !errors.Is(err, problem.InvalidCodeChallenge) {
			t.Errorf("%q: got %v, want %v: %s", challenge, err, problem.InvalidCodeChallenge, why)
		}
	}
	for _, challenge := range []string{exampleChallenge, strings.Repeat("A", 43)} {
		if err := checkChallenge(challenge); err != nil {
			t.Errorf("%q: got %v", challenge, err)
		}
	}
}

func TestVerifiers(t *testing.T) {
	for _, verifier := range []string{exampleVerifier, strings.Repeat("~", 43), strings.Repeat(".", 128), strings.Repeat("-_.~", 11)} {
		if err := checkVerifier(verifier); err != nil {
			t.Errorf("%q: got %v", verifier, err)
		}
	}
	for verifier, why := range map[string]string{
		"":                             "nothing",
		exampleVerifier[1:]:            "one character short",
		strings.Repeat("a", 129):       "one character long",
		exampleVerifier + "=":          "padding",
		exampleVerifier + "+":          "the other base64 alphabet",
		exampleVerifier + "/":          "the other base64 alphabet",
		exampleVerifier + " ":          "a space",
		exampleVerifier + "\n":         "a line break",
		exampleVerifier + "\x00":       "NUL",
		exampleVerifier + "%":          "an escape",
		exampleVerifier + "\u212a":     "the Kelvin sign",
		exampleVerifier + "\xff":       "not UTF-8",
		strings.Repeat("\u00e9", 43):   "letters outside ASCII",
		exampleVerifier[1:] + "\u200b": "a zero-width space",
	} {
		if err := checkVerifier(verifier); !errors.Is(err, problem.InvalidCodeVerifier) {
			t.Errorf("%q: got %v, want %v: %s", verifier, err, problem.InvalidCodeVerifier, why)
		}
	}
}

func TestOnlyS256(t *testing.T) {
	if err := checkMethod(nil); err != nil {
		t.Errorf("no method: got %v", err)
	}
	for _, method := range []string{"S256", "s256", "plain", "", "S256 ", "S512", "none", "\uff33256"} {
		want := error(problem.InvalidCodeChallengeMethod)
		if method == "S256" {
			want = nil
		}
		if err := checkMethod(&method); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", method, err, want)
		}
	}
}

func TestMatchVerifier(t *testing.T) {
	for _, c := range []struct {
		name, challenge, verifier string
		want                      error
	}{
		{"right", exampleChallenge, exampleVerifier, nil},
		{"neither", "", "", nil},
		{"wrong", exampleChallenge, NewVerifier(), problem.PKCEMismatch},
		{"the challenge itself, as with plain", exampleChallenge, exampleChallenge, problem.PKCEMismatch},
		{"missing", exampleChallenge, "", problem.ExpectedCodeVerifier},
		{"not expected", "", exampleVerifier, problem.DidNotExpectCodeVerifier},
	} {
		if err := matchVerifier(c.challenge, c.verifier); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestFlowIsTheBeginningOfTheChallenge(t *testing.T) {
	if got, want := FlowOf(exampleChallenge), "E9Melhoa2OwvFrEM"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := FlowOf(""); got != "" {
		t.Errorf("no challenge: got %q, want none", got)
	}
}

// FuzzChallenge: what is taken is 32 bytes, spelled in the one way that ChallengeOf
// would spell them.
func FuzzChallenge(f *testing.F) {
	f.Fuzz(func(t *testing.T, challenge string) {
		if checkChallenge(challenge) != nil {
			return
		}
		digest, err := base64.RawURLEncoding.DecodeString(challenge)
		if err != nil || len(digest) != 32 {
			t.Fatalf("%q: %d bytes, %v", challenge, len(digest), err)
		}
		if again := base64.RawURLEncoding.EncodeToString(digest); again != challenge {
			t.Errorf("%q has a second spelling, %q", challenge, again)
		}
	})
}

// FuzzVerifier: what is taken needs no escape in a form, JSON or a URL, and opens
// the challenge that was made of it and no other.
func FuzzVerifier(f *testing.F) {
	f.Fuzz(func(t *testing.T, verifier string) {
		err := matchVerifier(exampleChallenge, verifier)
		if (err == nil) != (verifier == exampleVerifier) {
			t.Errorf("%q against the example: got %v", verifier, err)
		}
		if checkVerifier(verifier) != nil {
			return
		}
		if len(verifier) < 43 || len(verifier) > 128 || strings.Trim(verifier, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") != "" {
			t.Errorf("%q was taken", verifier)
		}
		challenge := ChallengeOf(verifier)
		if err := errors.Join(checkChallenge(challenge), matchVerifier(challenge, verifier)); err != nil {
			t.Errorf("%q: its own challenge %q: %v", verifier, challenge, err)
		}
	})
}
