package store

import "latchkey/models"

// Redeemable is a link with whom it is for.
type Redeemable struct {
	Link   models.MagicLink
	Email  *models.Email // that it was asked for; nil for an embedded link, or where it is gone
	Person *Person       // nil where they are gone
}

// Redeemable finds a link by its id alone, as Link does, and what a redemption needs of the
// rows that it names. All is asked for at once: on PostgreSQL that is one message.
func (r Reader) Redeemable(id models.ID) (*Redeemable, error) {
	link := where[models.MagicLink](r, "id = $1", id)
	email := where[models.Email](r, "id = (SELECT email_id FROM magic_links WHERE id = $1)", id)
	user := where[models.User](r, "id = (SELECT user_id FROM magic_links WHERE id = $1)", id)
	emails := r.emailsOf("(SELECT user_id FROM magic_links WHERE id = $2)", id)
	if err := r.ask(link, email, user, emails); err != nil {
		return nil, err
	}
	if len(link.found) == 0 {
		return nil, ErrNotFound
	}
	found := &Redeemable{Link: link.found[0]}
	if len(email.found) > 0 {
		found.Email = &email.found[0]
	}
	if len(user.found) > 0 {
		found.Person = &Person{user.found[0], emails.found}
	}
	return found, nil
}
