package profile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/problem"
	"latchkey/models"
)

const (
	// maxName is in characters, for each part of a name.
	maxName = 128
	// maxMetadata is in bytes of JSON, for each of the two objects. They come along with
	// every session that is looked at.
	maxMetadata = 4096
)

// Changes are what is to be different about a person. What is nil stays as it is.
type Changes struct {
	FirstName, MiddleName, LastName *string
	TrustedMetadata                 models.Object // merged by its outer names; null deletes one
	UntrustedMetadata               models.Object
	ExternalID                      *string
}

// AppliedTo is the person with the changes made, or the refusal of what is too long,
// too large or malformed.
func (c Changes) AppliedTo(user models.User) (models.User, error) {
	for _, step := range []func(*models.User) error{c.rename, c.merge, c.identify} {
		if err := step(&user); err != nil {
			return models.User{}, err
		}
	}
	return user, nil
}

func (c Changes) rename(user *models.User) error {
	for _, name := range []struct {
		member  string
		to      *string
		current *string
	}{
		{"name.first_name", c.FirstName, &user.FirstName},
		{"name.middle_name", c.MiddleName, &user.MiddleName},
		{"name.last_name", c.LastName, &user.LastName},
	} {
		if name.to == nil {
			continue
		}
		if !isName(*name.to) {
			return problem.InvalidName.With("member", name.member)
		}
		*name.current = *name.to
	}
	return nil
}

// isName lets every script pass, but nothing that breaks a line.
func isName(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName && !strings.ContainsFunc(s, unicode.IsControl)
}

func (c Changes) merge(user *models.User) error {
	for _, metadata := range []struct {
		member  string
		changes models.Object
		current *models.Object
	}{
		{"trusted_metadata", c.TrustedMetadata, &user.TrustedMetadata},
		{"untrusted_metadata", c.UntrustedMetadata, &user.UntrustedMetadata},
	} {
		if metadata.changes == nil {
			continue
		}
		merged := metadata.current.Merged(metadata.changes)
		text, err := merged.Value()
		if err != nil {
			return err
		}
		if len(text.(string)) > maxMetadata {
			return problem.MetadataTooLarge.With("member", metadata.member)
		}
		*metadata.current = merged
	}
	return nil
}

func (c Changes) identify(user *models.User) error {
	if c.ExternalID == nil {
		return nil
	}
	if !isExternalID(user.ProjectID, *c.ExternalID) {
		return problem.InvalidUserExternalID
	}
	user.ExternalID = c.ExternalID
	return nil
}
