package models

import (
	"errors"
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

// ParseUserID reads the id of a user, if it is one that we could have made: of the
// project's environment, and a version 7 UUID. Any other is free to be the app's own
// name for a person, so that people who come from elsewhere may keep the id that they
// had there, which looks the same but for its version.
func ParseUserID(projectID, s string) (ID, error) {
	id, err := ParsePublicID("user", projectID, s)
	if err == nil && id[6]>>4 != 7 {
		return ID{}, errors.New("models: want a version 7 UUID")
	}
	return id, err
}

func publicPrefix(kind, projectID string) string {
	if strings.HasPrefix(projectID, livePrefix) {
		return kind + "-live-"
	}
	return kind + "-test-"
}
