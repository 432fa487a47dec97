package magiclink

import (
	"errors"
	"fmt"
	"strings"

	"latchkey/models"
)

// Explain says for people why a redirect URL is taken or refused: the entry that
// matches it or, as an error, what is wrong with it or where the nearest entry
// differs.
func (r Redirects) Explain(asked string, kind models.LinkKind) (string, error) {
	target, err := ParseTarget(asked)
	if err != nil {
		return "", fmt.Errorf("no link may lead there: the URL %w", err)
	}
	if r.AnyLoopback && target.isWeb() && target.isLoopback() {
		return "every URL of this machine is taken", nil
	}
	nearest, parts := r.nearest(target, kind)
	switch {
	case nearest == nil:
		return "", fmt.Errorf("no entry is for %s links", kind)
	case len(parts) > 0:
		return "", fmt.Errorf("no entry for %s links matches. The nearest differs in its %s: %s",
			kind, strings.Join(parts, ", "), nearest)
	}
	return fmt.Sprintf("matches %s", nearest), nil
}

// nearest is the entry with the fewest differences, and of two such the one whose
// differences weigh less.
func (r Redirects) nearest(target Target, kind models.LinkKind) (nearest *RedirectEntry, parts []string) {
	for i, entry := range r.Entries {
		if !entry.Serves(kind) {
			continue
		}
		differing := entry.differences(target)
		if nearest == nil || weight(differing) < weight(parts) {
			nearest, parts = &r.Entries[i], differing
		}
	}
	return nearest, parts
}

// weight puts one heavy difference above all lighter ones together.
func weight(parts []string) (sum int) {
	for _, part := range parts {
		sum += map[string]int{"scheme": 8, "host": 16, "port": 4, "path": 2, "query": 1}[part]
	}
	return sum
}

// String is the entry as it was written.
func (e RedirectEntry) String() string {
	if e.AnyQuery {
		return e.raw + "?*"
	}
	return e.raw
}

// ParseKind reads a kind of link.
func ParseKind(s string) (models.LinkKind, error) {
	switch kind := models.LinkKind(s); kind {
	case models.LinkLogin, models.LinkSignup, models.LinkInvite:
		return kind, nil
	}
	return "", errors.New("want login, signup or invite")
}
