package store

import (
	"strings"

	"gorm.io/gorm/clause"

	"latchkey/models"
)

// AllOf wants every one of the filters; without any, everybody fits.
func AllOf(filters ...UserFilter) UserFilter { return joined("1 = 1", " AND ", filters) }

// AnyOf wants one of the filters; without any, nobody fits.
func AnyOf(filters ...UserFilter) UserFilter { return joined("1 = 0", " OR ", filters) }

func joined(none, operator string, filters []UserFilter) UserFilter {
	return func(in searched) clause.Expr {
		if len(filters) == 0 {
			return clause.Expr{SQL: none}
		}
		parts := make([]any, len(filters))
		for i, filter := range filters {
			parts[i] = filter(in)
		}
		return clause.Expr{SQL: "(" + strings.Repeat("?"+operator, len(parts)-1) + "?)", Vars: parts}
	}
}

// CreatedAfter excludes the instant itself.
func CreatedAfter(at models.Instant) UserFilter { return column("created_at > ?", at) }

// CreatedBefore excludes the instant itself.
func CreatedBefore(at models.Instant) UserFilter { return column("created_at < ?", at) }

// HasStatus wants that status.
func HasStatus(status models.UserStatus) UserFilter { return column("status = ?", status) }

// IsUser wants one of the ids.
func IsUser(ids []models.ID) UserFilter { return column("id IN ?", ids) }

// HasExternalID wants one of the app's own ids.
func HasExternalID(ids []string) UserFilter { return column("external_id IN ?", ids) }

// HasEmail wants an address of one of the ids.
func HasEmail(ids []models.ID) UserFilter { return hasEmail("id IN ?", ids) }

// HasIdentity wants an address of one of the keys. One that is only attached has none.
func HasIdentity(identities []string) UserFilter { return hasEmail("identity IN ?", identities) }

// IdentityContains wants an address in whose key the text occurs. One that is only
// attached has none.
func IdentityContains(text string) UserFilter {
	return func(in searched) clause.Expr {
		return hasEmail("attached_until IS NULL AND identity "+in.like, containing(text))(in)
	}
}

// HasVerified wants an address that was proven, or one that was not.
func HasVerified(verified bool) UserFilter {
	if verified {
		return hasEmail("verified_at IS NOT NULL")
	}
	return hasEmail("verified_at IS NULL")
}

// NameContains wants the text in the full name.
func NameContains(text string) UserFilter {
	return func(in searched) clause.Expr {
		return column("(first_name || ' ' || middle_name || ' ' || last_name) "+in.like, containing(text))(in)
	}
}

func column(condition string, values ...any) UserFilter {
	return func(searched) clause.Expr { return clause.Expr{SQL: condition, Vars: values} }
}

// hasEmail looks for the persons of addresses and not for the addresses of persons, so
// that a key is found by its index.
func hasEmail(condition string, values ...any) UserFilter {
	return func(in searched) clause.Expr {
		return clause.Expr{
			SQL: `id IN (SELECT user_id FROM emails WHERE project_id = ?
				AND (attached_until IS NULL OR attached_until > ?) AND ` + condition + ")",
			Vars: append([]any{in.projectID, in.now}, values...),
		}
	}
}

// containing is a pattern for searched.like.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}
