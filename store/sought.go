package store

import "latchkey/models"

// Sought is the person of an address. Both are asked for in any case, since how long it
// takes must not tell a stranger who exists.
type Sought struct {
	tx    *Tx
	email *search[models.Email]
	user  *search[models.User]
	asked bool
}

// Seek asks for the person of an address, on PostgreSQL together with whatever is asked
// next. The address, if it is known, is kept from being deleted before the transaction
// ends; SQLite has one writer and so needs no lock.
func (tx *Tx) Seek(projectID, identity string) *Sought {
	s := &Sought{
		tx:    tx,
		email: where[models.Email](tx.Reader, "project_id = $1 AND identity = $2"+tx.forShare(), projectID, identity),
		user: where[models.User](tx.Reader,
			"project_id = $1 AND id = (SELECT user_id FROM emails WHERE project_id = $1 AND identity = $2)", projectID, identity),
	}
	if p, ok := tx.pipeline(); ok {
		p.later(s.email, s.user)
		s.asked = true
	}
	return s
}

// Found is what was sought, or ErrNotFound.
func (s *Sought) Found() (*models.Email, *models.User, error) {
	if err := s.ask(); err != nil {
		return nil, nil, err
	}
	if len(s.email.found) == 0 || len(s.user.found) == 0 {
		return nil, nil, ErrNotFound
	}
	return &s.email.found[0], &s.user.found[0], nil
}

func (s *Sought) ask() error {
	if s.asked {
		return s.tx.ask() // what still waits
	}
	s.asked = true
	return s.tx.ask(s.email, s.user)
}
