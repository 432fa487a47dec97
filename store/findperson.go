package store

import (
	"fmt"

	"latchkey/models"
)

// FindPerson finds an address, or ErrNotFound, and its person's status. Both are asked for
// whether or not the address is known, and of the person nothing whose size is theirs to
// choose: how long it takes must not tell a stranger who exists. The address is kept from
// being deleted before the transaction ends; SQLite has one writer and so needs no lock.
//
// Whoever locks a mailbox, too, locks it first. An address that was shared among all who
// wait for the mailbox could be proven or deleted by nobody meanwhile.
func (tx *Tx) FindPerson(projectID, identity string) (*models.Email, models.UserStatus, error) {
	email := where[models.Email](tx.Reader, "project_id = $1 AND identity = $2"+tx.forShare(), projectID, identity)
	status := &statusOf{projectID: projectID, identity: identity}
	if err := tx.ask(email, status); err != nil {
		return nil, "", err
	}
	if len(email.found) == 0 {
		return nil, "", ErrNotFound
	}
	if status.found == "" {
		return nil, "", fmt.Errorf("store: the address %s has no person", email.found[0].ID)
	}
	return &email.found[0], status.found, nil
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
