package store

import (
	"slices"

	"latchkey/models"
)

// LinkWithPerson is a link with whom it is for.
type LinkWithPerson struct {
	Link   models.MagicLink
	Email  *models.Email // that it was asked for; nil for an embedded link, or where it is gone
	Person *Person       // nil where they are gone
}

// LinkWithPerson finds a link by its id alone, as Link does, and whom it is for, who are of
// its project. All is asked for at once, whatever has become of the link: on PostgreSQL that
// is one message.
func (r Reader) LinkWithPerson(id models.ID) (*LinkWithPerson, error) {
	const its = "(SELECT user_id FROM magic_links WHERE id = $1)"
	link := where[models.MagicLink](r, "id = $1", id)
	user := where[models.User](r, "id = "+its, id)
	emails := where[models.Email](r, "user_id = "+its+" ORDER BY id", id)
	if err := r.ask(link, user, emails); err != nil {
		return nil, err
	}
	if len(link.found) == 0 {
		return nil, ErrNotFound
	}
	found := &LinkWithPerson{Link: link.found[0]}
	for _, email := range emails.found {
		if email.ID == found.Link.EmailID {
			found.Email = &email
		}
	}
	if len(user.found) > 0 {
		now := r.now()
		kept := slices.DeleteFunc(emails.found, func(e models.Email) bool { return e.Gone(now) })
		found.Person = &Person{User: user.found[0], Emails: kept}
	}
	return found, nil
}
