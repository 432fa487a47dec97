package models

import (
	"fmt"
	"strings"
)

// livePrefix marks a project whose ids say "live"; every other project is a test
// one. Clients of the wire format decide the same way.
const livePrefix = "project-live-"

// PublicID is the name of a row outside: its kind, the project's environment and
// the UUID, as in user-test-0190….
func PublicID(kind, projectID string, id ID) string {
	return publicPrefix(kind, projectID) + id.String()
}

// ParsePublicID reads what PublicID wrote for the same kind and project.
func ParsePublicID(kind, projectID, s string) (ID, error) {
	prefix := publicPrefix(kind, projectID)
	if !strings.HasPrefix(s, prefix) {
		return ID{}, fmt.Errorf("models: want an id that begins with %s", prefix)
	}
	return ParseID(strings.TrimPrefix(s, prefix))
}

func publicPrefix(kind, projectID string) string {
	if strings.HasPrefix(projectID, livePrefix) {
		return kind + "-live-"
	}
	return kind + "-test-"
}
