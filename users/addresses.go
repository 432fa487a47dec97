package users

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// Why an address went, as its event says.
const (
	addressDeleted   = "deleted"
	addressExchanged = "exchanged"
)

// DeleteEmail takes an address from its person. The sessions that rest on it end, its
// open links are revoked, and its mails go out no more. It may be the last: the person
// is then found by id only, until the app gives them another.
func (s *Service) DeleteEmail(ctx context.Context, projectID, emailID string) (person *Person, err error) {
	id, err := models.ParsePublicID("email", projectID, emailID)
	if err != nil {
		return nil, problem.InvalidEmailID
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		user, email, err := s.lockedEmail(tx, projectID, id)
		if err != nil {
			return err
		}
		if err := s.removeEmail(tx, *email, addressDeleted); err != nil {
			return err
		}
		person, err = kept(tx, *user)
		return err
	})
	return person, err
}

// lockedEmail finds an address and locks its person.
func (s *Service) lockedEmail(tx *store.Tx, projectID string, id models.ID) (*models.User, *models.Email, error) {
	email, err := tx.Email(projectID, id)
	if err != nil {
		return nil, nil, emailNotFound(err)
	}
	user, emails, err := s.lockPerson(tx, projectID, email.UserID, *email)
	if err != nil {
		return nil, nil, emailNotFound(err)
	}
	for i := range emails {
		if emails[i].ID == id && !emails[i].Gone(s.now()) {
			return user, &emails[i], nil
		}
	}
	return nil, nil, problem.EmailNotFound
}

// lockPerson locks a person, some of whose addresses are to go. Whoever redeems a link
// holds it and then wants its address, so their links are revoked first, or the two
// would wait for each other.
func (s *Service) lockPerson(tx *store.Tx, projectID string, user models.ID, leaving ...models.Email) (*models.User, []models.Email, error) {
	for _, email := range leaving {
		if err := tx.RevokeLinksTo(email, s.now()); err != nil {
			return nil, nil, err
		}
	}
	return tx.LockPerson(projectID, user)
}

func emailNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return problem.EmailNotFound
	}
	return err
}

// removeEmail takes an address of a locked person away with everything that leads in by
// it, also what was asked for just before the lock. A notice still goes out: it tells the
// mailbox what was added to the person, and whoever took over a session must not be able
// to call it back by taking the address away.
func (s *Service) removeEmail(tx *store.Tx, email models.Email, why string) error {
	now := s.now()
	if err := tx.RevokeLinksTo(email, now); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = s.dropMails(tx, email, "address_"+why, (*store.Tx).DropMails); err != nil {
			return err
		}
	}
	if err := tx.ForgetFactor(email, now); err != nil {
		return err
	}
	if err := tx.DropEmail(email); err != nil {
		return err
	}
	return s.note(tx, models.EventEmailDeleted, email, models.ID{}, why)
}

// drop deletes a batch of the mails that are owed to an address.
type drop func(*store.Tx, models.Email) (links []models.ID, more bool, err error)

// dropMails writes of what is dropped that it expired. Every accepted mail ends in the
// history as sent, bounced or expired: for those in a sender's hands the sender sees to
// that.
func (s *Service) dropMails(tx *store.Tx, email models.Email, why string, drop drop) (more bool, err error) {
	links, more, err := drop(tx, email)
	if err != nil {
		return false, err
	}
	for _, link := range links {
		if err := s.note(tx, models.EventMailExpired, email, link, why); err != nil {
			return false, err
		}
	}
	return more, nil
}
