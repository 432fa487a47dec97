package profile

import "strings"

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

// isExternalID refuses, of what can name a person, what would be read as something else:
// as an id of ours, or by whoever resolves a path.
func isExternalID(s string) bool {
	switch {
	case !CanName(s), s == ".", s == "..":
		return false
	}
	return !strings.HasPrefix(s, "user-test-") && !strings.HasPrefix(s, "user-live-")
}
