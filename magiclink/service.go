package magiclink

import (
	"context"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// Project is one project's rules.
type Project struct {
	ID           string
	PKCEOptional bool // the default, required, is the product's promise
	Redirects    Redirects
	Domains      []string      // of addresses that are taken, as Address keeps them; empty means all
	LoginTTL     time.Duration // where the start names no other
	SignupTTL    time.Duration
	InviteTTL    time.Duration
	Limiter      *Bucket // of its starts; nil for none
	Code         bool    // mails carry a code beside the link, and it can be redeemed
	VendorNames  bool    // landings carry stytch_token_type beside token_type
}

// Service starts, opens and redeems the links of all projects. Its fields are set
// once, before use.
type Service struct {
	Store    *store.Store
	Keys     *sealed.KeyRing
	Sessions *session.Service
	Projects map[string]*Project
	Locales  []string // the languages that a mail can be asked for in
	Now      func() time.Time

	MailboxLimit MailboxLimit
	Networks     *Networks // at the public doors; nil for no limit there
	Limiter      *Bucket   // of all projects together; nil for none

	// MailQueued is told of each mail once its row is durable, so that it goes out
	// without waiting for a poll. It must not block.
	MailQueued func(models.ID)
	// Courier is asked, before a start writes its mail, for somebody who is free to send
	// it: MailQueued is then not told. nil: nobody ever is.
	Courier func() *store.Courier
}

// project never fails for who came through a door: each has checked the caller
// against the same configuration.
func (s *Service) project(id string) (*Project, error) {
	project, ok := s.Projects[id]
	if !ok {
		return nil, problem.ProjectNotFound
	}
	return project, nil
}

func (s *Service) now() models.Instant { return models.At(s.Now()) }

// record writes an event on its own, where nothing else is written. What it says is
// of use, but not worth failing a request for.
func (s *Service) record(ctx context.Context, event models.Event) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error { return tx.InsertEvent(event) })
}

// event is a line about a link. email is nil for an embedded one.
func (s *Service) event(kind models.EventKind, link *models.MagicLink, email *models.Email, detail string) models.Event {
	now, hash := s.now(), []byte{}
	if email != nil {
		hash = s.Keys.HashAddress(IdentityOf(*email))
	}
	return models.Event{
		ID: models.NewID(now.Time()), ProjectID: link.ProjectID, Kind: kind, LinkID: link.ID,
		AddressHash: hash, Detail: detail, CreatedAt: now,
	}
}
