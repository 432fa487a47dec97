package store

import (
	"fmt"

	"latchkey/models"
)

// Known is an address that is known, with what matters to whoever mails it.
type Known struct {
	Email   models.Email
	Status  models.UserStatus   // its person's
	Bounces models.BounceRecord // zero where no mail came back
}

// FindPerson finds an address with its person, or ErrNotFound. All is asked for whether or
// not the address is known, and of the person nothing whose size is theirs to choose: how
// long it takes must not tell a stranger who exists. The address is kept from being deleted
// before the transaction ends; SQLite has one writer and so needs no lock.
//
// Whoever locks a mailbox, too, locks it first. An address that was shared among all who
// wait for the mailbox could be proven or deleted by nobody meanwhile.
func (tx *Tx) FindPerson(projectID, identity string) (*Known, error) {
	email := where[models.Email](tx.Reader, "project_id = $1 AND identity = $2"+tx.forShare(), projectID, identity)
	status := &statusOf{projectID: projectID, identity: identity}
	bounces := where[models.BounceRecord](tx.Reader,
		"email_id = (SELECT id FROM emails WHERE project_id = $1 AND identity = $2)", projectID, identity)
	if err := tx.ask(email, status, bounces); err != nil {
		return nil, err
	}
	if len(email.found) == 0 {
		return nil, ErrNotFound
	}
	known := &Known{Email: email.found[0], Status: status.found}
	if known.Status == "" {
		return nil, fmt.Errorf("store: the address %s has no person", known.Email.ID)
	}
	if len(bounces.found) > 0 {
		known.Bounces = bounces.found[0]
	}
	return known, nil
}

// statusOf asks for the status of an address's person.
type statusOf struct {
	projectID, identity string
	found               models.UserStatus
}

func (q *statusOf) said() statement {
	return statement{`
SELECT status FROM users
WHERE project_id = $1 AND id = (SELECT user_id FROM emails WHERE project_id = $1 AND identity = $2)`,
		[]any{q.projectID, q.identity}}
}

func (q *statusOf) hear(a answer) error { return a.Scan(&q.found) }
