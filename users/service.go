package users

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
)

// Service manages the persons of all projects. Its fields are set once, before use.
type Service struct {
	Store    *store.Store
	Keys     *sealed.KeyRing
	Projects map[string]*magiclink.Project
	Now      func() time.Time
}

// Person is a user with their addresses, oldest first.
type Person struct {
	User   models.User
	Emails []models.Email
}

// Get finds a person by their id or by the app's own.
func (s *Service) Get(ctx context.Context, projectID, name string) (*Person, error) {
	read := s.Store.Read(ctx)
	user, err := find(read, projectID, name)
	if err != nil {
		return nil, err
	}
	return withEmails(read, *user)
}

func find(read store.Reader, projectID, name string) (*models.User, error) {
	if !profile.CanName(name) {
		return nil, problem.InvalidUserID
	}
	user, err := read.UserNamed(projectID, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.UserNotFound
	}
	return user, err
}

// locked finds a person for a change: until the transaction ends nobody else changes or
// deletes them.
func locked(tx *store.Tx, projectID, name string) (*models.User, error) {
	user, err := find(tx.Reader, projectID, name)
	if err != nil {
		return nil, err
	}
	user, err = tx.LockUser(projectID, user.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, problem.UserNotFound
	}
	return user, err
}

func withEmails(read store.Reader, user models.User) (*Person, error) {
	emails, err := read.EmailsOf(user.ProjectID, user.ID)
	return &Person{User: user, Emails: emails}, err
}

// kept writes that the app's back end manages the person, and reads the addresses that
// are left. The janitor forgets whoever has none that was proven, but for those who are
// kept.
func kept(tx *store.Tx, user models.User) (*Person, error) {
	user.Kept = true
	if err := tx.UpdateUser(user); err != nil {
		return nil, err
	}
	return withEmails(tx.Reader, user)
}

// project never fails for who came through a door: each has checked the caller
// against the same configuration.
func (s *Service) project(id string) (*magiclink.Project, error) {
	project, ok := s.Projects[id]
	if !ok {
		return nil, problem.ProjectNotFound
	}
	return project, nil
}

func (s *Service) now() models.Instant { return models.At(s.Now()) }

// note writes what happened to an address. The event holds a keyed hash of it, and so
// outlives the person.
func (s *Service) note(tx *store.Tx, kind models.EventKind, email models.Email, link models.ID, detail string) error {
	now := s.now()
	return tx.InsertEvent(models.Event{
		ID: models.NewID(now.Time()), ProjectID: email.ProjectID, Kind: kind, LinkID: link,
		AddressHash: s.Keys.HashAddress(magiclink.IdentityOf(email)), Detail: detail, CreatedAt: now,
	})
}
