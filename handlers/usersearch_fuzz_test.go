package handlers

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"latchkey/magiclink"
	"latchkey/store/storetest"
)

// FuzzUserSearch: whatever the body, the answer is a refusal or whom the query means. A
// second reading of the query, over the persons as the wire shows them, decides that.
func FuzzUserSearch(f *testing.F) {
	c := storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	w := newWorld(f, storetest.Open(f, "sqlite:"+filepath.Join(f.TempDir(), "latchkey.db"), c.Now), c)
	w.crowd()
	everybody := w.search(members{}).field("results").([]any)
	f.Fuzz(func(t *testing.T, body []byte) {
		got := w.in(t).raw(searchPath, "application/json", string(body))
		if got.StatusCode >= 500 || got.StatusCode != 200 && got.text("error_type") == "" {
			t.Fatalf("got %d %s", got.StatusCode, got.body)
		}
		if got.StatusCode != 200 {
			return
		}
		var asked reading
		if err := json.Unmarshal(body, &asked); err != nil || asked.Cursor != "" {
			return // a cursor that is taken begins further on
		}
		want := slices.DeleteFunc(slices.Clone(everybody), func(user any) bool { return !asked.fits(user.(members)) })
		if total := got.field("results_metadata.total"); total != float64(len(want)) {
			t.Errorf("got a total of %v, want %d", total, len(want))
		}
		if asked.Limit > 0 {
			want = want[:min(asked.Limit, len(want))]
		}
		if results := got.field("results").([]any); len(results) != len(want) || len(want) > 0 && !reflect.DeepEqual(results, want) {
			t.Errorf("got %v, want %v", results, want)
		}
	})
}

// reading is a search that was taken.
type reading struct {
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
	Query  struct {
		Operator string `json:"operator"`
		Operands []struct {
			Name  string `json:"filter_name"`
			Value any    `json:"filter_value"`
		} `json:"operands"`
	} `json:"query"`
}

func (r reading) fits(user members) bool {
	fitting := 0
	for _, operand := range r.Query.Operands {
		if holds(user, operand.Name, operand.Value) {
			fitting++
		}
	}
	if r.Query.Operator == "OR" && len(r.Query.Operands) > 0 {
		return fitting > 0
	}
	return fitting == len(r.Query.Operands)
}

// holds is what each filter means.
func holds(user members, name string, value any) bool {
	text, _ := value.(string)
	among, _ := value.([]any)
	bounds, _ := value.(members)
	first := user["emails"].([]any)[0].(members) // each has one
	full := user["name"].(members)
	switch name {
	case "created_at_greater_than":
		return instant(user["created_at"]) > instant(value)
	case "created_at_less_than":
		return instant(user["created_at"]) < instant(value)
	case "created_at_between":
		return instant(user["created_at"]) > instant(bounds["greater_than"]) && instant(user["created_at"]) < instant(bounds["less_than"])
	case "status":
		return user["status"] == value
	case "user_id":
		return slices.Contains(among, user["user_id"]) || user["external_id"] != nil && slices.Contains(among, user["external_id"])
	case "external_id":
		return user["external_id"] != nil && slices.Contains(among, user["external_id"])
	case "email_id":
		return slices.Contains(among, first["email_id"])
	case "email_verified":
		return first["verified"] == value
	case "email_address":
		return slices.ContainsFunc(among, func(address any) bool { return identity(address) == identity(first["email"]) })
	case "email_address_fuzzy":
		return strings.Contains(identity(first["email"]), lower(text))
	case "full_name_fuzzy":
		name := lower(full["first_name"].(string) + " " + full["middle_name"].(string) + " " + full["last_name"].(string))
		return !slices.ContainsFunc(strings.Fields(lower(text)), func(word string) bool { return !strings.Contains(name, word) })
	}
	return false
}

func instant(value any) int64 {
	at, _ := time.Parse(time.RFC3339, value.(string))
	return at.UnixMilli()
}

func identity(value any) string {
	address, err := magiclink.ParseAddress(value.(string))
	if err != nil {
		return "none"
	}
	return address.Identity()
}

// lower folds ASCII letters only.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
