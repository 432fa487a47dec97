package problem

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestTheCatalogue(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	seen := make(map[string]bool)
	for _, p := range All() {
		if seen[p.Type] {
			t.Errorf("%s is defined twice", p.Type)
		}
		seen[p.Type] = true
		if !name.MatchString(p.Type) {
			t.Errorf("%q: want words in lower case, joined by _", p.Type)
		}
		if p.Status < 400 || p.Status > 599 {
			t.Errorf("%s: got status %d, want a refusal's", p.Type, p.Status)
		}
		if !strings.HasSuffix(p.Message, ".") || strings.TrimSpace(p.Message) != p.Message || strings.Contains(p.Message, "%") {
			t.Errorf("%s: got %q, want sentences, and no verb of fmt", p.Type, p.Message)
		}
		if p.Details != nil || p.RetryAfter != 0 || p.cause != nil {
			t.Errorf("%s: got %+v, want nothing that only a moment knows", p.Type, p)
		}
	}
	if len(seen) < 30 {
		t.Errorf("got %d entries, want 30 or more", len(seen))
	}
}

// The wire's types are API: clients switch on them.
func TestTypesAndStatusesThatClientsSwitchOn(t *testing.T) {
	for want, p := range map[string]*Problem{
		"400 pkce_expected_code_verifier":          ExpectedCodeVerifier,
		"400 pkce_expected_code_challenge":         ExpectedCodeChallenge,
		"400 invalid_pkce_code_challenge_method":   InvalidCodeChallengeMethod,
		"400 invalid_pkce_code_challenge":          InvalidCodeChallenge,
		"400 pkce_required_for_native_callback":    RequiredForNativeCallback,
		"400 no_match_for_provided_magic_link_url": NoMatchForRedirectURL,
		"400 invalid_pkce_code_verifier":           InvalidCodeVerifier,
		"401 pkce_mismatch":                        PKCEMismatch,
		"400 pkce_did_not_expect_code_verifier":    DidNotExpectCodeVerifier,
		"404 magic_link_not_found":                 MagicLinkNotFound,
		"401 unable_to_auth_magic_link":            UnableToAuthMagicLink,
		"404 session_not_found":                    SessionNotFound,
		"500 internal_server_error":                Internal,
		"503 service_unavailable":                  Unavailable,
	} {
		if got := fmt.Sprint(p.Status, " ", p.Type); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAllIsACopy(t *testing.T) {
	first := All()[0]
	All()[0] = nil
	if All()[0] != first {
		t.Error("the catalogue has changed")
	}
}

// Every request shares the catalogue's entry.
func TestCopiesDoNotTouchTheCatalogue(t *testing.T) {
	before := *MagicLinkNotFound
	MagicLinkNotFound.Because(io.EOF)
	MagicLinkNotFound.After(time.Second)
	one := MagicLinkNotFound.With("reason", "a").Because(io.EOF).After(time.Second)
	other := one.With("reason", "b").With("type", "c")
	if MagicLinkNotFound.Details != nil || MagicLinkNotFound.cause != nil || MagicLinkNotFound.RetryAfter != 0 || before.Type != MagicLinkNotFound.Type {
		t.Errorf("the catalogue's entry became %+v", *MagicLinkNotFound)
	}
	if one.Details["reason"] != "a" || len(one.Details) != 1 || one.RetryAfter != time.Second {
		t.Errorf("got %+v, want what it was given first", *one)
	}
	if other.Details["reason"] != "b" || other.Details["type"] != "c" || other.RetryAfter != time.Second {
		t.Errorf("got %+v, want what it was given last", *other)
	}
	for _, p := range []*Problem{one, other} {
		if p.Type != before.Type || p.Status != before.Status || p.Message != before.Message {
			t.Errorf("got %+v, want the entry's type, status and message", *p)
		}
	}
}

func TestACopyIsStillItsEntry(t *testing.T) {
	p := fmt.Errorf("wrapped: %w", PKCEMismatch.With("a", "b").Because(io.EOF))
	if !errors.Is(p, PKCEMismatch) || !errors.Is(p, io.EOF) {
		t.Errorf("%v is neither its entry nor its cause", p)
	}
	if errors.Is(p, MagicLinkNotFound) || errors.Is(PKCEMismatch, io.EOF) {
		t.Errorf("%v is another entry", p)
	}
}

func TestFromFindsTheProblem(t *testing.T) {
	refusal := PKCEMismatch.With("a", "b")
	for name, err := range map[string]error{
		"plain": refusal, "wrapped": fmt.Errorf("x: %w", refusal), "joined": errors.Join(refusal, io.EOF), "joined with nil": errors.Join(refusal, nil),
	} {
		if got := From(err); got != refusal {
			t.Errorf("%s: got %v, want %v", name, got, refusal)
		}
	}
}

func TestWhatIsNoProblemIsInternal(t *testing.T) {
	cause := errors.New("password=hunter2")
	got := From(cause)
	if got.Type != Internal.Type || got.Status != 500 || !errors.Is(got, cause) {
		t.Errorf("got %+v, want %v with its cause", got, Internal)
	}
	if strings.Contains(got.Message+fmt.Sprint(got.Details), "hunter2") {
		t.Errorf("%q tells the cause", got.Message)
	}
	if Internal.cause != nil {
		t.Error("the catalogue's entry has a cause")
	}
}

func TestErrorHoldsTheCauseForTheLog(t *testing.T) {
	if got, want := Internal.Because(io.EOF).Error(), "internal_server_error: EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Internal.Error(), "internal_server_error"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
