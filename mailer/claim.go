package mailer

import (
	"context"
	"time"

	"latchkey/models"
	"latchkey/store"
)

const (
	// lease is how long a mail is claimed for. What a killed process held is taken up
	// again within half a minute, with a poll to spare.
	lease = 25 * time.Second
	// recordReserve is kept of the lease for the record.
	recordReserve = time.Second
	// maxClaims bounds how many mails one transaction claims: on SQLite it holds up
	// everybody's writes.
	maxClaims = 64
	// claimAhead is how long the last of several mails that are claimed together waits
	// for a clerk. It is taken off what a sender may spend on that mail, and a killed
	// process strands no more than what goes out in that time.
	claimAhead = 200 * time.Millisecond
	// claimPause keeps us from running through the queue while the database answers
	// nothing.
	claimPause = time.Second
)

// claim is a mail that is ours until its lease ends, with leave to try it.
type claim struct {
	owed   *store.OwedMail
	permit permit
	at     time.Time
}

// leave waits until there are mails in the queue and a relay may be tried. It is false when
// there are to be no more.
type leave func(ctx context.Context) (permit, bool)

// claim claims the mails of the queue in their order, as leave lets it, and hands them to
// the clerks. It says how many it took from the queue.
func (w *Worker) claim(ctx, work context.Context, leave leave, clerks chan<- claim) (taken int) {
	for size := 1; ; {
		p, ok := leave(ctx)
		if !ok {
			return taken
		}
		if p.probe { // leave for one
			size = 1
		}
		ids := w.queue.take(size)
		taken += len(ids)
		claims := w.claimAll(ctx, work, ids, p)
		begun := time.Now()
		w.roster.passing.Store(true)
		for _, c := range claims {
			clerks <- c
		}
		w.roster.passing.Store(false)
		size = claimsFor(len(ids), time.Since(begun))
	}
}

// claimsFor is how many mails to claim next when the clerks took so many in that time: what
// they will take in claimAhead, approached by doubling, since the first few only fill idle
// hands.
func claimsFor(mails int, in time.Duration) int {
	pace := float64(mails) * float64(claimAhead) / float64(max(in, 1))
	return max(1, min(int(pace), 2*mails, maxClaims))
}

// claimAll claims those of the mails that are due and in nobody else's hands, in their
// order.
func (w *Worker) claimAll(ctx, work context.Context, ids []models.ID, p permit) (claims []claim) {
	at := time.Now()
	owed, err := w.Store.ClaimMails(work, ids, lease)
	if err != nil && ctx.Err() == nil {
		w.Logger.Error("queued mail cannot be claimed, it stays in the database", "err", err)
		w.queue.more.Store(true)
		pause(ctx, claimPause)
	}
	claimed := make(map[models.ID]claim, len(owed))
	for i := range owed {
		claimed[owed[i].Mail.ID] = claim{owed: &owed[i], permit: p, at: at}
	}
	for _, id := range ids {
		if c, ours := claimed[id]; ours {
			claims = append(claims, c)
		} else {
			w.queue.done(id)
		}
	}
	if len(claims) == 0 {
		w.route.untried(p)
	}
	return claims
}

// whenDue waits for a mail to be queued, and then for a relay that may be tried.
func (w *Worker) whenDue(ctx context.Context) (permit, bool) {
	select {
	case <-ctx.Done():
		return permit{}, false
	case <-w.queue.filled:
		return w.await(ctx)
	}
}

// atOnce is for what is in the queue already, if a relay may be tried at once.
func (w *Worker) atOnce(ctx context.Context) (permit, bool) {
	select {
	case <-w.queue.filled:
	default:
		return permit{}, false
	}
	if ctx.Err() != nil {
		return permit{}, false
	}
	p, ok, _, _ := w.route.admit(w.Now())
	if !ok {
		signal(w.queue.filled)
	}
	return p, ok
}

// await waits until a relay may be tried.
func (w *Worker) await(ctx context.Context) (permit, bool) {
	for ctx.Err() == nil {
		p, ok, wait, changed := w.route.admit(w.Now())
		if ok {
			return p, true
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
	return permit{}, false
}
