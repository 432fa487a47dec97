package profile

import (
	"slices"
	"strings"

	"latchkey/models"
)

// maxExternalID is in characters, all of them ASCII.
const maxExternalID = 128

// CanName says whether s may stand where a request names a person: by the id that users
// have outside or by the app's own.
func CanName(s string) bool {
	if s == "" || len(s) > maxExternalID {
		return false
	}
	for i := range len(s) {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return true
}

func isNameByte(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._|-", c) >= 0
}

// ownPaths are what a path of the API has in the place of a person.
var ownPaths = []string{".", "..", "emails", "search"}

// isExternalID refuses, of what can name a person, what would be read as something else:
// by whoever resolves a path, or as an id of ours, under which somebody may be found
// already or later.
func isExternalID(projectID, s string) bool {
	if !CanName(s) || slices.Contains(ownPaths, s) {
		return false
	}
	_, err := models.ParseUserID(projectID, s)
	return err != nil
}
