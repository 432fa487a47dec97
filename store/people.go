package store

import (
	"errors"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"latchkey/models"
)

// EmailByIdentity finds an address by its key, or ErrNotFound.
func (r Reader) EmailByIdentity(projectID, identity string) (*models.Email, error) {
	return first[models.Email](r.db.Where("project_id = ? AND identity = ?", projectID, identity))
}

// Email finds an address by its id, or ErrNotFound.
func (r Reader) Email(projectID string, id models.ID) (*models.Email, error) {
	return one[models.Email](r, "id = $1 AND "+ofProject+" = $2", id, projectID)
}

// User finds a person, or ErrNotFound.
func (r Reader) User(projectID string, id models.ID) (*models.User, error) {
	return one[models.User](r, "id = $1 AND project_id = $2", id, projectID)
}

// UserNamed finds a person by the id that users have outside or by the app's own name
// for them, or ErrNotFound. The name may be anything: one that PostgreSQL would refuse
// to look for is nobody's.
func (r Reader) UserNamed(projectID, name string) (*models.User, error) {
	if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return nil, ErrNotFound
	}
	if id, err := models.ParseUserID(projectID, name); err == nil {
		return r.User(projectID, id)
	}
	return first[models.User](r.db.Where("project_id = ? AND external_id = ?", projectID, name))
}

// EmailsOf lists a person's addresses, oldest first, without attached ones that were
// not proven in time.
func (r Reader) EmailsOf(projectID string, user models.ID) ([]models.Email, error) {
	emails := r.emailsOf(projectID, user)
	err := r.ask(emails)
	return emails.found, err
}

func (r Reader) emailsOf(projectID string, user models.ID) *search[models.Email] {
	return where[models.Email](r,
		"user_id = $1 AND "+ofProject+" = $2 AND (attached_until IS NULL OR attached_until > $3) ORDER BY id",
		user, projectID, r.now())
}

// Person is somebody with their addresses, as EmailsOf lists them.
type Person struct {
	User   models.User
	Emails []models.Email
}

// Person finds a person, or ErrNotFound.
func (r Reader) Person(projectID string, id models.ID) (*Person, error) {
	user := where[models.User](r, "id = $1 AND project_id = $2", id, projectID)
	emails := r.emailsOf(projectID, id)
	if err := r.ask(user, emails); err != nil {
		return nil, err
	}
	if len(user.found) == 0 {
		return nil, ErrNotFound
	}
	return &Person{User: user.found[0], Emails: emails.found}, nil
}

// ofProject is the project of an address that is sought by another key. It is no bare column:
// as long as PostgreSQL has no statistics, after its first start, it would read the index that
// begins with the project from end to end, too, to see where the two meet.
const ofProject = "project_id || ''"

// now is by the clock that the store was opened with.
func (r Reader) now() models.Instant { return models.At(r.db.NowFunc()) }

// LockUser finds a person, or ErrNotFound, and makes every other transaction that locks
// them wait for the end of this one. SQLite has one writer and so needs no lock.
func (tx *Tx) LockUser(projectID string, id models.ID) (*models.User, error) {
	return first[models.User](tx.db.
		Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("id = ? AND project_id = ?", id, projectID))
}

// UpdateUser writes what may change of a person: status, names, metadata, the app's name
// for them, and whether they are kept. ErrConflict: that name is another's, or the
// person is gone.
func (tx *Tx) UpdateUser(user models.User) error {
	return changedOne(tx.db.Model(&models.User{}).
		Where("id = ? AND project_id = ?", user.ID, user.ProjectID).
		Select("status", "first_name", "middle_name", "last_name", "trusted_metadata", "untrusted_metadata", "external_id", "kept").
		Updates(&user))
}

// EnsurePerson writes the person and the address unless the address is known, and
// returns the address as it stands. created says whether they are new.
func (tx *Tx) EnsurePerson(user models.User, email models.Email) (known *models.Email, created bool, err error) {
	found, err := tx.FindPerson(email.ProjectID, email.Identity)
	if errors.Is(err, ErrNotFound) {
		return &email, true, tx.InsertPerson(user, email)
	}
	if err != nil {
		return nil, false, err
	}
	return &found.Email, false, nil
}

// InsertPerson writes a person and an address that was looked for and not found. Two starts for
// one new address, in one batch or on two replicas, end with one person: who comes second
// starts over and finds the first.
func (tx *Tx) InsertPerson(user models.User, email models.Email) error {
	if err := tx.insertFirst(&email); err != nil {
		return err
	}
	return tx.insert(&user)
}

// LockEmail finds an address by its key, or ErrNotFound, and keeps it from being deleted
// before the transaction ends. SQLite has one writer and so needs no lock.
func (tx *Tx) LockEmail(projectID, identity string) (*models.Email, error) {
	return one[models.Email](tx.Reader, "project_id = $1 AND identity = $2"+tx.forShare(), projectID, identity)
}

// ProveEmail notes that a link mailed to the address was redeemed, and that its
// person has come in.
func (tx *Tx) ProveEmail(email models.Email, at models.Instant) error {
	if email.VerifiedAt == nil {
		err := tx.change("UPDATE emails SET verified_at = $1 WHERE id = $2 AND "+ofProject+" = $3 AND verified_at IS NULL",
			at, email.ID, email.ProjectID)
		if err != nil {
			return err
		}
	}
	return tx.ActivateUser(email.ProjectID, email.UserID)
}

// ActivateUser notes that a person has come in.
func (tx *Tx) ActivateUser(projectID string, id models.ID) error {
	return tx.change("UPDATE users SET status = $1 WHERE id = $2 AND project_id = $3 AND status = $4",
		models.UserActive, id, projectID, models.UserPending)
}
