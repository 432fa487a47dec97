package models

import (
	"database/sql/driver"
	"encoding/json"
	"slices"
)

// Factor is one thing that the person showed in a session.
type Factor struct {
	Method          Method  `json:"method"`
	ID              ID      `json:"id"` // of the address that was proven, or of the embedded link
	CreatedAt       Instant `json:"created_at"`
	AuthenticatedAt Instant `json:"authenticated_at"` // when it was last shown
}

// Factors are those of a session beyond its first, in a column of their own.
type Factors []Factor

// Value implements driver.Valuer.
func (f Factors) Value() (driver.Value, error) {
	if len(f) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(f)
	return string(text), err
}

// Scan implements sql.Scanner.
func (f *Factors) Scan(src any) error {
	*f = nil
	if src == "[]" {
		return nil // nearly every session
	}
	return scanJSON(src, f)
}

// with is the factors after one was shown. To show one again only moves the time. Of
// embedded links the last stays: each is shown once, and an app that steps up by them
// would make every JWT longer.
func (f Factors) with(shown Factor) Factors {
	f = slices.Clone(f)
	at := slices.IndexFunc(f, func(old Factor) bool {
		return old.Method == shown.Method && (old.ID == shown.ID || old.Method == MethodEmbedded)
	})
	if at < 0 {
		return append(f, shown)
	}
	if f[at].ID == shown.ID {
		shown.CreatedAt = f[at].CreatedAt
	}
	f[at] = shown
	return f
}
