package storetest

import (
	"context"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// ClaimMail claims one mail. ErrConflict: it is not due, held by another, ended or gone.
func ClaimMail(ctx context.Context, st *store.Store, id models.ID, lease time.Duration) (*store.OwedMail, error) {
	owed, err := st.ClaimMails(ctx, []models.ID{id}, lease)
	switch {
	case err != nil:
		return nil, err
	case len(owed) == 0:
		return nil, store.ErrConflict
	}
	return &owed[0], nil
}
