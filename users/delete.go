package users

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

const userDeleted = "user_deleted"

// Delete takes a person away with their addresses, sessions, links and the mails that
// are owed. It goes in batches, each a transaction, and the person goes with the last:
// a deletion that is broken off is taken up again by the next call. Of two at once one
// gets user_not_found.
//
// A mail that a sender holds at this moment may still arrive. Its link opens nothing.
func (s *Service) Delete(ctx context.Context, projectID, name string) (models.ID, error) {
	user, err := find(s.Store.Read(ctx), projectID, name)
	if err != nil {
		return models.ID{}, err
	}
	for done := false; !done; {
		err := s.Store.Write(ctx, func(tx *store.Tx) error {
			done, err = s.erase(tx, *user)
			return err
		})
		if err != nil {
			return models.ID{}, err
		}
	}
	return user.ID, nil
}

// erase deletes a batch of what hangs on the person or, once that is all, the person.
// It sweeps twice. Whoever redeems holds a link and then wants the person, so links go
// first, or the two would wait for each other; what was added before the person was
// locked goes after that. So do notices, which name an address: it may be somebody else's
// until it is locked.
func (s *Service) erase(tx *store.Tx, user models.User) (done bool, err error) {
	emails, err := tx.EmailsOf(user.ProjectID, user.ID)
	if err != nil {
		return false, err
	}
	if more, err := s.sweep(tx, user, emails, (*store.Tx).DropMails); more || err != nil {
		return false, err
	}
	_, emails, err = tx.LockPerson(user.ProjectID, user.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, problem.UserNotFound
	}
	if err != nil {
		return false, err
	}
	if more, err := s.sweep(tx, user, emails, (*store.Tx).DropMails, (*store.Tx).DropNotices); more || err != nil {
		return false, err
	}
	for _, email := range emails {
		if err := tx.DropEmail(email); err != nil {
			return false, err
		}
		if err := s.note(tx, models.EventUserDeleted, email, models.ID{}, ""); err != nil {
			return false, err
		}
	}
	return true, tx.DropUser(user)
}

// sweep deletes a batch of mails, links and sessions. Mails go while their links tell
// whose they are.
func (s *Service) sweep(tx *store.Tx, user models.User, emails []models.Email, drops ...drop) (more bool, err error) {
	for _, email := range emails {
		for _, drop := range drops {
			if more, err := s.dropMails(tx, email, userDeleted, drop); more || err != nil {
				return more, err
			}
		}
	}
	owed, more, err := tx.DropLinks(user)
	if err != nil {
		return false, err
	}
	for _, link := range owed {
		if err := s.noteUnsent(tx, link); err != nil {
			return false, err
		}
	}
	if more {
		return true, nil
	}
	return tx.DropSessions(user)
}

// noteUnsent writes of a link that was still owed to an address which is not the
// person's any more: it was not proven in time, or has become somebody else's.
func (s *Service) noteUnsent(tx *store.Tx, link models.MagicLink) error {
	email, err := tx.Email(link.ProjectID, link.EmailID)
	if errors.Is(err, store.ErrNotFound) {
		email, err = &models.Email{ProjectID: link.ProjectID}, nil
	}
	if err != nil {
		return err
	}
	return s.note(tx, models.EventMailExpired, *email, link.ID, userDeleted)
}
