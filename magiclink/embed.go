package magiclink

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

// embeddedLife is the wire format's default.
const embeddedLife = time.Hour

// EmbedRequest asks for a token that the app hands to the person itself. It is for the
// app's back end alone. Empty means not given.
type EmbedRequest struct {
	ProjectID  string
	User       string // the user's id, or the app's own name for them
	Minutes    *int
	Attributes session.Attributes
}

// Embedded is a bearer credential: whoever holds the token comes in as the person.
type Embedded struct {
	Token  string
	LinkID models.ID
	UserID models.ID
}

// Embed makes a link that is never mailed. To redeem it proves no address, and it
// cannot be redeemed at a public door.
func (s *Service) Embed(ctx context.Context, r EmbedRequest) (*Embedded, error) {
	if _, err := s.project(r.ProjectID); err != nil {
		return nil, err
	}
	life, err := linkLife(r.Minutes, embeddedLife)
	if err != nil {
		return nil, err
	}
	if err := checkAttributes(r.Attributes); err != nil {
		return nil, err
	}
	user, err := s.userNamed(ctx, r.ProjectID, r.User)
	if err != nil {
		return nil, err
	}
	now := s.now()
	link := models.MagicLink{
		ID: models.NewID(now.Time()), ProjectID: r.ProjectID, UserID: user.ID, KeyID: s.Keys.Active(),
		Kind: models.LinkEmbedded, IPAddress: r.Attributes.IPAddress, UserAgent: r.Attributes.UserAgent,
		CreatedAt: now, ExpiresAt: now.Add(life),
	}
	token, err := s.Keys.Seal(link.KeyID, sealed.Link, link.ID)
	if err != nil {
		return nil, err
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		if err := keep(tx, user); err != nil {
			return err
		}
		return tx.InsertLink(link)
	})
	if err != nil {
		return nil, err
	}
	return &Embedded{Token: token, LinkID: link.ID, UserID: user.ID}, nil
}

// keep notes that the app's back end vouches for the person: whoever comes in by what it
// hands out may never prove an address, and must not be forgotten for that.
func keep(tx *store.Tx, user *models.User) error {
	known, err := tx.LockUser(user.ProjectID, user.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem.UserNotFound
	case err != nil || known.Kept:
		return err
	}
	known.Kept = true
	return tx.UpdateUser(*known)
}
