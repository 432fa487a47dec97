package users

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
)

// filters are those of the wire format, by name. Each refuses a value of the wrong type.
// Those about factors that nobody has here fit nobody.
var filters = map[string]func(projectID string, value any) (store.UserFilter, error){
	"created_at_greater_than": createdAfter,
	"created_at_less_than":    createdBefore,
	"created_at_between":      createdBetween,
	"status":                  byStatus,
	"user_id":                 byUserID,
	"external_id":             byExternalID,
	"full_name_fuzzy":         byName,
	"email_address":           byAddress,
	"email_id":                byEmailID,
	"email_verified":          byVerified,
	"email_address_fuzzy":     byPartOfAddress,

	"phone_number":                    nobody,
	"phone_id":                        nobody,
	"phone_verified":                  nobody,
	"phone_number_fuzzy":              nobody,
	"oauth_provider":                  nobody,
	"webauthn_registration_verified":  nobody,
	"webauthn_registration_id":        nobody,
	"biometric_registration_verified": nobody,
	"biometric_registration_id":       nobody,
	"totp_verified":                   nobody,
	"totp_id":                         nobody,
	"crypto_wallet_id":                nobody,
	"crypto_wallet_address":           nobody,
	"crypto_wallet_verified":          nobody,
	"password_exists":                 nobody,
}

func nobody(string, any) (store.UserFilter, error) { return store.AnyOf(), nil }

func createdAfter(_ string, value any) (store.UserFilter, error) {
	at, err := timestamp(value)
	return store.CreatedAfter(at), err
}

func createdBefore(_ string, value any) (store.UserFilter, error) {
	at, err := timestamp(value)
	return store.CreatedBefore(at), err
}

func createdBetween(_ string, value any) (store.UserFilter, error) {
	bounds, ok := value.(map[string]any)
	switch {
	case !ok:
		return nil, problem.SearchExpectedObject
	case bounds["greater_than"] == nil:
		return nil, problem.SearchMissingGreaterThan
	case bounds["less_than"] == nil:
		return nil, problem.SearchMissingLessThan
	}
	after, err := timestamp(bounds["greater_than"])
	if err != nil {
		return nil, err
	}
	before, err := timestamp(bounds["less_than"])
	return store.AllOf(store.CreatedAfter(after), store.CreatedBefore(before)), err
}

// dateTime is RFC 3339 §5.6. time.Parse would also take an hour of one digit, a comma
// before the fraction, and offsets of 24:00 and +00:60 (Go issue 54580).
var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// timestamp is exact to the millisecond, as created_at is.
func timestamp(value any) (models.Instant, error) {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !dateTime.MatchString(text) {
		return 0, problem.SearchExpectedTimestamp
	}
	return models.At(at), nil
}

func byStatus(_ string, value any) (store.UserFilter, error) {
	text, ok := value.(string)
	if !ok {
		return nil, problem.SearchExpectedString
	}
	status := models.UserStatus(text)
	if status != models.UserActive && status != models.UserPending {
		return nil, problem.SearchInvalidStatus
	}
	return store.HasStatus(status), nil
}

// byUserID takes the app's own ids, too, as wherever a person is named. Not both at
// once: the wire format refuses that.
func byUserID(projectID string, value any) (store.UserFilter, error) {
	names, err := texts(value)
	if err != nil {
		return nil, err
	}
	ids := parsed(names, func(name string) (models.ID, error) { return models.ParseUserID(projectID, name) })
	switch len(ids) {
	case 0:
		return store.HasExternalID(nameable(names)), nil
	case len(names):
		return store.IsUser(ids), nil
	}
	return nil, problem.SearchMixedUserIDs
}

func byExternalID(_ string, value any) (store.UserFilter, error) {
	names, err := texts(value)
	return store.HasExternalID(nameable(names)), err
}

// nameable leaves out what is nobody's id, and what PostgreSQL refuses to look for.
func nameable(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !profile.CanName(name) })
}

func byEmailID(projectID string, value any) (store.UserFilter, error) {
	names, err := texts(value)
	return store.HasEmail(parsed(names, func(name string) (models.ID, error) {
		return models.ParsePublicID("email", projectID, name)
	})), err
}

// byAddress finds an address however it is spelled. What is none is nobody's.
func byAddress(_ string, value any) (store.UserFilter, error) {
	names, err := texts(value)
	return store.HasIdentity(parsed(names, func(name string) (string, error) {
		address, err := magiclink.ParseAddress(name)
		return address.Identity(), err
	})), err
}

func byVerified(_ string, value any) (store.UserFilter, error) {
	verified, ok := value.(bool)
	if !ok {
		return nil, problem.SearchExpectedBool
	}
	return store.HasVerified(verified), nil
}

// minFuzzy is in characters. Less is in every second address.
const minFuzzy = 3

// maxFuzzy is in characters. The longest full name has 386, the longest address 254.
const maxFuzzy = 400

func byPartOfAddress(_ string, value any) (store.UserFilter, error) {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil, problem.SearchExpectedString
	case utf8.RuneCountInString(text) < minFuzzy:
		return nil, problem.SearchEmailTooShort
	case !occurs(text):
		return store.AnyOf(), nil
	}
	return store.IdentityContains(text), nil
}

// byName wants each word of the text somewhere in the full name.
func byName(_ string, value any) (store.UserFilter, error) {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil, problem.SearchExpectedString
	case utf8.RuneCountInString(strings.TrimSpace(text)) < minFuzzy:
		return nil, problem.SearchNameTooShort
	case !occurs(text):
		return store.AnyOf(), nil
	}
	var words []store.UserFilter
	for _, word := range strings.Fields(text) {
		words = append(words, store.NameContains(word))
	}
	return store.AllOf(words...), nil
}

// occurs says whether any address or name could hold the text: they have no controls,
// least of all the NUL that PostgreSQL refuses to look for.
func occurs(text string) bool {
	return utf8.RuneCountInString(text) <= maxFuzzy && !strings.ContainsFunc(text, unicode.IsControl)
}

func texts(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, problem.SearchExpectedStrings
	}
	found := make([]string, len(list))
	for i, item := range list {
		if found[i], ok = item.(string); !ok {
			return nil, problem.SearchExpectedStrings
		}
	}
	return found, nil
}

// parsed leaves out what cannot be parsed.
func parsed[T any](names []string, parse func(string) (T, error)) []T {
	var found []T
	for _, name := range names {
		if value, err := parse(name); err == nil {
			found = append(found, value)
		}
	}
	return found
}
