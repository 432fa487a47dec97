package profile

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
)

var known = models.User{
	FirstName: "Ada", LastName: "Byron", ExternalID: new("crm-7"),
	TrustedMetadata: models.Object{"plan": "pro", "seats": 3.0},
}

func TestWhatIsNotNamedStays(t *testing.T) {
	got, err := Changes{}.AppliedTo(known)
	if err != nil || !reflect.DeepEqual(got, known) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, known)
	}
}

func TestChangesAreMerged(t *testing.T) {
	got, err := Changes{
		MiddleName: new("King"), LastName: new(""), ExternalID: new("crm|8"),
		TrustedMetadata: models.Object{"seats": nil, "new": true}, UntrustedMetadata: models.Object{"gone": nil},
	}.AppliedTo(known)
	want := models.User{
		FirstName: "Ada", MiddleName: "King", ExternalID: new("crm|8"),
		TrustedMetadata: models.Object{"plan": "pro", "new": true}, UntrustedMetadata: models.Object{},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	if len(known.TrustedMetadata) != 2 {
		t.Errorf("what was known became %v", known.TrustedMetadata)
	}
}

// The limit is on what comes of the merge, not on what was sent.
func TestMetadataIsMeasuredAsItWouldLie(t *testing.T) {
	full := models.User{TrustedMetadata: models.Object{"a": strings.Repeat("a", 4088)}} // {"a":"…"} in 4096 bytes
	replaced := Changes{TrustedMetadata: models.Object{"a": nil, "b": strings.Repeat("b", 4088)}}
	if _, err := replaced.AppliedTo(full); err != nil {
		t.Errorf("got %v, want room for what takes another's place", err)
	}
	_, err := Changes{TrustedMetadata: models.Object{"b": ""}}.AppliedTo(full)
	if !errors.Is(err, problem.MetadataTooLarge) || problem.From(err).Details["member"] != "trusted_metadata" {
		t.Errorf("got %v, want %v of trusted_metadata", err, problem.MetadataTooLarge)
	}
}

// Whoever comes from elsewhere brings the id they had there. One that could be of our
// making is refused: it may be somebody's.
func TestAnExternalIDIsNobodysUserID(t *testing.T) {
	ours := models.NewID(time.Now())
	here := models.User{ProjectID: "project-live-1"}
	for name, want := range map[string]bool{
		"user-live-7e3c1b52-9a0d-4f66-8a51-0d2b6c1f9e47": true,
		"user-live-1":                    true,
		"user-test-" + ours.String():     true, // of the other environment
		"old.user-live-" + ours.String(): true,
		"user-live-" + ours.String():     false,
	} {
		if _, err := (Changes{ExternalID: &name}).AppliedTo(here); (err == nil) != want {
			t.Errorf("%s: got %v, want taken %v", name, err, want)
		}
	}
}

func TestWhoCanBeNamed(t *testing.T) {
	for name, want := range map[string]struct{ name, externalID bool }{
		"crm|7":                  {true, true},
		"A.b_c-9":                {true, true},
		"...":                    {true, true},
		strings.Repeat("a", 128): {true, true},
		".":                      {true, false}, // would be resolved in a path
		"..":                     {true, false},
		"":                       {},
		"a b":                    {},
		"a/b":                    {},
		"é":                      {},
		"a\x00":                  {},
		strings.Repeat("a", 129): {},
	} {
		if got := CanName(name); got != want.name {
			t.Errorf("CanName(%q): got %v, want %v", name, got, want.name)
		}
		if _, err := (Changes{ExternalID: &name}).AppliedTo(known); (err == nil) != want.externalID {
			t.Errorf("external id %q: got %v, want taken %v", name, err, want.externalID)
		}
	}
}
