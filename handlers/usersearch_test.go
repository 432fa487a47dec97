package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

const searchPath = usersPath + "/search"

func (w *world) search(body any) answer {
	w.t.Helper()
	return w.users(http.MethodPost, "/search", body)
}

type list = []any

// filter is an operand of a query.
func filter(name, value any) members { return members{"filter_name": name, "filter_value": value} }

func query(operator string, operands ...any) members {
	return members{"query": members{"operator": operator, "operands": operands}}
}

// crowd is a few persons of whom each is different: by the letter they are called.
type crowd map[string]answer

func (w *world) crowd() crowd {
	w.t.Helper()
	people := make(crowd)
	for _, person := range []struct {
		name, email string
		more        members
	}{
		{"a", "Ada.Lovelace@example.com", members{"name": members{"first_name": "Ada", "last_name": "Lovelace"}, "external_id": "crm|a"}},
		{"b", "bob_100%@example.org", members{"create_user_as_pending": true, "name": members{"first_name": "Bob_", "middle_name": "100%", "last_name": `\Öz`}}},
		{"c", "cy@bücher.example", members{"external_id": "crm|c"}},
	} {
		people[person.name] = w.createUser(person.email, person.more)
		w.clock.Advance(time.Minute)
	}
	people["d"] = w.signedIn("dora@example.com")
	w.wantOK(w.call(http.MethodPost, optionalProject, usersPath, members{"email": "ada.lovelace@example.com", "external_id": "crm|a"}))
	return people
}

// ids are the members of that name of some of them.
func (c crowd) ids(path string, names string) (ids list) {
	for _, name := range strings.Fields(names) {
		ids = append(ids, c[name].text(path))
	}
	return ids
}

func TestEveryFilterFindsWhomItShould(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		epoch := w.clock.Now()
		at := func(d time.Duration) string { return epoch.Add(d).Format(time.RFC3339Nano) }
		people := w.crowd()
		var manyWords []string
		for range 190 {
			manyWords = append(manyWords, "a")
		}
		for _, tc := range []struct {
			name  string
			query any
			want  string
		}{
			{"no query", members{}, "a b c d"},
			{"no operands", query("OR"), "a b c d"},
			{"no operator", query("", filter("status", "active"), filter("external_id", list{"crm|a"})), "a"},
			{"later than", query("AND", filter("created_at_greater_than", at(0))), "b c d"},
			{"earlier than", query("AND", filter("created_at_less_than", at(time.Minute))), "a"},
			{"later than, in another zone", query("AND", filter("created_at_greater_than", epoch.Add(time.Minute).In(time.FixedZone("", 3600)).Format(time.RFC3339))), "c d"},
			{"between", query("AND", filter("created_at_between", members{"greater_than": at(0), "less_than": at(2 * time.Minute)})), "b"},
			{"active", query("AND", filter("status", "active")), "a c d"},
			{"pending", query("AND", filter("status", "pending")), "b"},
			{"ids", query("AND", filter("user_id", people.ids("user_id", "a d"))), "a d"},
			{"no ids", query("AND", filter("user_id", list{})), ""},
			{"the app's ids as user ids", query("AND", filter("user_id", list{"crm|a", "nobody", "a b", "\x00"})), "a"},
			{"the app's ids", query("AND", filter("external_id", list{"crm|c", "crm|a", "\x00", ""})), "a c"},
			{"addresses", query("AND", filter("email_address", list{"ADA.lovelace@EXAMPLE.com", "cy@xn--bcher-kva.example", "no address", "\x00"})), "a c"},
			{"address ids", query("AND", filter("email_id", list{people["b"].text("email_id"), "x", people["a"].text("user_id")})), "b"},
			{"verified", query("AND", filter("email_verified", true)), "d"},
			{"not verified", query("AND", filter("email_verified", false)), "a b c"},
			{"part of an address", query("AND", filter("email_address_fuzzy", "LOVE")), "a"},
			{"a part with signs", query("AND", filter("email_address_fuzzy", "b_1")), "b"},
			{"a sign is no wildcard", query("AND", filter("email_address_fuzzy", "a_a")), ""},
			{"nor is the other", query("AND", filter("email_address_fuzzy", "a%e")), ""},
			{"a part with a NUL", query("AND", filter("email_address_fuzzy", "ada\x00")), ""},
			{"a part too long", query("AND", filter("email_address_fuzzy", strings.Repeat("a", 60_000))), ""},
			{"a name", query("AND", filter("full_name_fuzzy", "ada love")), "a"},
			{"a name with signs", query("AND", filter("full_name_fuzzy", `bob_ 100% \Öz`)), "b"},
			{"a sign in a name is no wildcard", query("AND", filter("full_name_fuzzy", "a_a")), ""},
			{"a name with a NUL", query("AND", filter("full_name_fuzzy", "ada\x00")), ""},
			{"many words", query("AND", filter("full_name_fuzzy", strings.Join(manyWords, " "))), "a"},
			{"both", query("AND", filter("email_verified", false), filter("status", "active")), "a c"},
			{"either", query("OR", filter("email_verified", true), filter("status", "pending")), "b d"},
			{"either or nobody", query("OR", filter("phone_number", list{"+1555"}), filter("status", "pending")), "b"},
			{"both and nobody", query("AND", filter("phone_number", list{"+1555"}), filter("status", "pending")), ""},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w := w.in(t)
				got := w.search(tc.query)
				w.wantOK(got)
				wantPeople(t, got, people.ids("user_id", tc.want))
			})
		}
		for _, name := range []string{
			"phone_number", "phone_id", "phone_verified", "phone_number_fuzzy", "oauth_provider", "webauthn_registration_verified",
			"webauthn_registration_id", "biometric_registration_verified", "biometric_registration_id", "totp_verified", "totp_id",
			"crypto_wallet_id", "crypto_wallet_address", "crypto_wallet_verified", "password_exists",
		} {
			got := w.search(query("AND", filter(name, true)))
			w.wantOK(got)
			wantPeople(t, got, nil)
		}
	})
}

// wantPeople checks who was found, in order, and that the total says so.
func wantPeople(t *testing.T, got answer, want list) {
	t.Helper()
	results, ok := got.field("results").([]any)
	if !ok {
		t.Fatalf("results: got %v, want a list", got.field("results"))
	}
	var ids list
	for _, user := range results {
		ids = append(ids, user.(members)["user_id"])
	}
	if !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	if got.field("results_metadata.total") != float64(len(want)) || got.field("results_metadata.next_cursor") != nil {
		t.Errorf("results_metadata: got %v, want a total of %d and no next_cursor", got.field("results_metadata"), len(want))
	}
}

func TestAResultIsTheWholeUser(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com", members{"external_id": "a", "name": members{"first_name": "Ada"}})
		got := w.search(members{})
		w.wantOK(got)
		found := fmt.Sprint(got.field("results").([]any)[0])
		if want := fmt.Sprint(created.field("user")); found != want {
			t.Errorf("got  %s\nwant %s", found, want)
		}
	})
}

// An address that waits for its proof is no identity: nobody is found by it. It is the
// person's all the same, by its id, as long as it waits.
func TestAnAttachedAddressIsNotFound(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		created := w.createUser("ada@example.com")
		id, err := models.ParsePublicID("user", requiredProject, created.text("user_id"))
		fatal(t, err)
		now := w.clock.Now()
		attached := models.Email{
			ID: models.NewID(now), ProjectID: requiredProject, UserID: id, Address: "attached@example.org",
			AttachedUntil: models.At(now).Add(5 * time.Minute).Ptr(), CreatedAt: models.At(now),
		}
		attached.Identity = models.AttachedIdentity(attached.ID)
		fatal(t, w.store.Write(context.Background(), func(tx *store.Tx) error { return tx.InsertEmail(attached) }))
		byID := query("AND", filter("email_id", list{models.PublicID("email", requiredProject, attached.ID)}))

		wantPeople(t, w.search(query("AND", filter("email_address", list{"attached@example.org"}))), nil)
		wantPeople(t, w.search(query("AND", filter("email_address_fuzzy", "attached"))), nil)
		wantPeople(t, w.search(byID), list{created.text("user_id")})
		w.clock.Advance(5 * time.Minute)
		wantPeople(t, w.search(byID), nil)
		if found := w.search(members{}); strings.Contains(found.body, "attached") {
			t.Errorf("got %s, want no address whose time is over", found.body)
		}
	})
}

func TestRefusedSearches(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.crowd()
		user := people["a"].text("user_id")
		between := func(value any) members { return query("AND", filter("created_at_between", value)) }
		for _, tc := range []struct {
			name string
			body any
			kind string
		}{
			{"limit too large", members{"limit": 1001}, "user_search_invalid_limit"},
			{"limit below none", members{"limit": -1}, "user_search_invalid_limit"},
			{"limit of another type", members{"limit": "1"}, "invalid_member_type"},
			{"cursor", members{"cursor": "a"}, "user_search_invalid_cursor"},
			{"operator", query("XOR"), "user_search_invalid_operator"},
			{"operator in small letters", query("and"), "user_search_invalid_operator"},
			{"no name", query("AND", members{"filter_value": "a"}), "user_search_missing_filter_name"},
			{"a number for a name", query("AND", filter(1, "a")), "user_search_filter_name_must_be_string"},
			{"unknown name", query("AND", filter("nick_name", "a")), "user_search_filter_name_not_recognized"},
			{"no value", query("AND", members{"filter_name": "status"}), "user_search_missing_filter_value"},
			{"null for a value", query("AND", filter("status", nil)), "user_search_missing_filter_value"},
			{"status of another type", query("AND", filter("status", list{"active"})), "user_search_expected_string"},
			{"unknown status", query("AND", filter("status", "deleted")), "user_search_invalid_status_filter"},
			{"a name of another type", query("AND", filter("full_name_fuzzy", 1)), "user_search_expected_string"},
			{"a name too short", query("AND", filter("full_name_fuzzy", " ab ")), "user_search_full_name_fuzzy_too_short"},
			{"part of an address of another type", query("AND", filter("email_address_fuzzy", true)), "user_search_expected_string"},
			{"part of an address too short", query("AND", filter("email_address_fuzzy", "ab")), "user_search_email_address_fuzzy_too_short"},
			{"verified of another type", query("AND", filter("email_verified", "true")), "user_search_expected_bool"},
			{"one address", query("AND", filter("email_address", "ada@example.com")), "user_search_expected_array_of_string"},
			{"a number among addresses", query("AND", filter("email_address", list{"ada@example.com", 1})), "user_search_expected_array_of_string"},
			{"one id", query("AND", filter("user_id", user)), "user_search_expected_array_of_string"},
			{"one of the app's ids", query("AND", filter("external_id", "a")), "user_search_expected_array_of_string"},
			{"one address id", query("AND", filter("email_id", "a")), "user_search_expected_array_of_string"},
			{"ids of both kinds", query("AND", filter("user_id", list{user, "crm|a"})), "user_search_cannot_mix_internal_and_external_user_ids"},
			{"no time", query("AND", filter("created_at_greater_than", "yesterday")), "user_search_expected_timestamp"},
			{"an hour of one digit", query("AND", filter("created_at_greater_than", "2026-03-01T0:00:00Z")), "user_search_expected_timestamp"},
			{"a comma in the seconds", query("AND", filter("created_at_greater_than", "2026-03-01T00:00:00,5Z")), "user_search_expected_timestamp"},
			{"an offset of a day", query("AND", filter("created_at_greater_than", "2026-03-01T00:00:00+24:00")), "user_search_expected_timestamp"},
			{"a number for a time", query("AND", filter("created_at_less_than", 1)), "user_search_expected_timestamp"},
			{"between of another type", between("a"), "user_search_expected_object"},
			{"between without a beginning", between(members{"less_than": "2026-03-01T12:00:00Z"}), "user_search_missing_greater_than"},
			{"between without an end", between(members{"greater_than": "2026-03-01T12:00:00Z"}), "user_search_missing_less_than"},
			{"between no times", between(members{"greater_than": "a", "less_than": "2026-03-01T12:00:00Z"}), "user_search_expected_timestamp"},
			{"an end that is no time", between(members{"greater_than": "2026-03-01T12:00:00Z", "less_than": "a"}), "user_search_expected_timestamp"},
			{"many operands", query("AND", slices.Repeat(list{filter("status", "active")}, 101)...), "user_search_maximum_filter_value_count_exceeded"},
			{"many values", query("OR", filter("user_id", slices.Repeat(list{"a"}, 600)), filter("email_id", slices.Repeat(list{"a"}, 401))), "user_search_maximum_filter_value_count_exceeded"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				w := w.in(t)
				w.wantRefusal(w.search(tc.body), 400, tc.kind)
			})
		}
		named := w.search(query("AND", filter("status", "deleted")))
		if named.text("error_details.filter") != "status" {
			t.Errorf("error_details.filter: got %q, want status", named.text("error_details.filter"))
		}
	})
}

// A query at every limit at once is one that both databases can run.
func TestTheLargestSearchIsAnswered(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.crowd()
		words := strings.TrimSpace(strings.Repeat("e ", 200))
		operands := slices.Repeat(list{filter("full_name_fuzzy", words)}, 98)
		operands = append(operands, filter("user_id", slices.Repeat(list{people["a"].text("user_id")}, 1000)), filter("status", "active"))
		got := w.search(query("AND", operands...))
		w.wantOK(got)
		wantPeople(t, got, people.ids("user_id", "a"))
	})
}

func TestASearchMayBeLargerThanOtherBodies(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		padded := func(n int) string { return `{"limit":1,"ignored":"` + strings.Repeat("a", n) + `"}` }
		w.wantOK(w.raw(searchPath, "application/json", padded(250<<10)))
		w.wantRefusal(w.raw(searchPath, "application/json", padded(256<<10)), 413, "body_too_large")
		w.wantRefusal(w.raw(usersPath, "application/json", padded(33<<10)), 413, "body_too_large")
	})
}

func TestPagesOfASearch(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.crowd()
		usual := w.search(members{"limit": 0}) // what a client leaves at zero is absent
		w.wantOK(usual)
		if n := len(usual.field("results").([]any)); n != 4 {
			t.Errorf("limit 0: got %d people, want the usual page with all 4", n)
		}
		first := w.search(members{"limit": 3})
		w.wantOK(first)
		if n := len(first.field("results").([]any)); n != 3 || first.field("results_metadata.total") != 4.0 {
			t.Errorf("got %d of %v, want 3 of 4", n, first.field("results_metadata.total"))
		}
		second := w.search(members{"limit": 3, "cursor": first.text("results_metadata.next_cursor")})
		w.wantOK(second)
		if got := second.field("results").([]any); len(got) != 1 || got[0].(members)["user_id"] != people["d"].text("user_id") {
			t.Errorf("got %s, want the last person", second.body)
		}
		if second.field("results_metadata.next_cursor") != nil {
			t.Errorf("next_cursor: got %v on the last page, want null", second.field("results_metadata.next_cursor"))
		}
		w.wantRefusal(w.call(http.MethodPost, optionalProject, searchPath, members{"cursor": first.text("results_metadata.next_cursor")}), 400, "user_search_invalid_cursor")
	})
}
