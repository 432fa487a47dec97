package magiclink

import (
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// noticeLife is how long a notice is worth sending.
const noticeLife = 24 * time.Hour

// prove notes that the link's address was proven. One that was attached becomes an
// identity now, and the person's other mailboxes are told of it: whoever took over a
// session must not be able to add an address in silence.
func (s *Service) prove(tx *store.Tx, link *models.MagicLink, email *models.Email) (notices []models.ID, err error) {
	now := s.now()
	if email.Attached() { // or was: another of its links may have proven it a moment ago
		if email, err = tx.LockAddress(email.ProjectID, email.ID); errors.Is(err, store.ErrNotFound) {
			return nil, store.ErrConflict
		}
		if err != nil {
			return nil, err
		}
	}
	if !email.Attached() {
		return nil, tx.ProveEmail(*email, now)
	}
	proven := *email
	proven.Identity = IdentityOf(*email)
	if err := s.displace(tx, proven); err != nil {
		return nil, err
	}
	if err := tx.ProveAttached(proven, now); err != nil {
		return nil, err
	}
	return s.announce(tx, link, proven)
}

// displace makes way for a proven address where another person has it without proof.
func (s *Service) displace(tx *store.Tx, proven models.Email) error {
	holder, err := s.displaceable(tx, proven.ProjectID, proven.Identity)
	if err != nil || holder == nil {
		return err
	}
	if err := tx.DropStranger(*holder, s.now()); err != nil {
		return err
	}
	// An invitation that was under way has kept the address until it was written.
	switch user, err := tx.User(holder.ProjectID, holder.UserID); {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case user.Kept:
		return problem.DuplicateEmail
	}
	return nil
}

// displaceable finds who has the identity. Nobody is nil; who has proven it, or was
// given it by the app's back end, keeps it.
func (s *Service) displaceable(tx *store.Tx, projectID, identity string) (*models.Email, error) {
	holder, err := tx.LockEmail(projectID, identity)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	user, err := tx.User(projectID, holder.UserID)
	switch {
	case err != nil:
		return nil, err
	case holder.VerifiedAt != nil || user.Kept:
		return nil, problem.DuplicateEmail
	}
	return holder, nil
}

// announce owes each of the person's other proven mailboxes a notice.
func (s *Service) announce(tx *store.Tx, link *models.MagicLink, added models.Email) (notices []models.ID, err error) {
	emails, err := tx.EmailsOf(added.ProjectID, added.UserID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	for _, email := range emails {
		if email.ID == added.ID || email.VerifiedAt == nil {
			continue
		}
		notice := models.QueuedMail{
			ID: models.NewID(now.Time()), ProjectID: added.ProjectID, LinkID: link.ID, Status: models.MailQueued,
			Template: models.TemplateAddressAdded, Address: email.Address,
			NextAttemptAt: now, CreatedAt: now, ExpiresAt: now.Add(noticeLife),
		}
		if err := tx.InsertMail(notice); err != nil {
			return nil, err
		}
		notices = append(notices, notice.ID)
	}
	return notices, nil
}
