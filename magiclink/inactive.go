package magiclink

import (
	"context"
	"errors"

	"latchkey/internal/problem"
	"latchkey/store"
)

// checkActive refuses an address that mail came back from until it was suppressed,
// before anything is counted or written: the app can tell its user at once, who would
// wait for a mail in vain. What is suppressed a moment later is found when its mail is
// due.
func (s *Service) checkActive(ctx context.Context, p *plan) error {
	_, err := s.Store.Read(ctx).Suppressed(p.project.ID, p.address.Identity())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return problem.InactiveEmail
}
