package magiclink

import (
	"slices"
	"time"

	"golang.org/x/time/rate"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// MailboxLimit bounds the mails that one mailbox is sent, whoever asks. Zero bounds
// nothing. The usual 5, 10 and 30 let a person who cannot find the mail ask again,
// and spare one whom somebody else asks for.
type MailboxLimit struct {
	Burst   int // at once; afterwards one more each minute
	PerHour int
	PerDay  int
}

// Off says whether nothing is bounded.
func (l MailboxLimit) Off() bool { return l == MailboxLimit{} }

const (
	refill    = time.Minute
	limitHour = time.Hour
	limitDay  = 24 * time.Hour
)

// The buckets, as error_details names them.
const (
	mailboxBucket = "mailbox"
	projectBucket = "project"
	totalBucket   = "total"
)

// wait says how long a start must wait after those in history, which are in order;
// zero means that it may go on.
func (l MailboxLimit) wait(history []models.Instant, now models.Instant) time.Duration {
	return max(0,
		burstWait(history, now, l.Burst),
		windowWait(history, now, l.PerHour, limitHour),
		windowWait(history, now, l.PerDay, limitDay),
	)
}

// burstWait is a bucket of burst starts that gets one back each minute: the generic
// cell rate algorithm (ITU-T I.371), over the starts themselves.
func burstWait(history []models.Instant, now models.Instant, burst int) time.Duration {
	if burst == 0 {
		return 0
	}
	var full models.Instant // when the bucket would be full again
	for _, start := range history {
		full = max(full, start).Add(refill)
	}
	return full.Add(-time.Duration(burst-1) * refill).Time().Sub(now.Time())
}

// windowWait keeps any stretch of the length of window to most starts.
func windowWait(history []models.Instant, now models.Instant, most int, window time.Duration) time.Duration {
	if most == 0 || len(history) < most {
		return 0
	}
	return history[len(history)-most].Add(window).Time().Sub(now.Time())
}

// admit counts the start against its mailbox, in the start's own transaction: exact,
// shared by all replicas, and forgotten with it if it fails.
func (s *Service) admit(tx *store.Tx, p *plan) error {
	if s.MailboxLimit.Off() {
		return nil
	}
	now := s.now()
	mailbox := models.Mailbox{ProjectID: p.project.ID, Hash: s.Keys.HashAddress(p.address.Mailbox())}
	history, err := tx.LockStarts(mailbox)
	if err != nil {
		return err
	}
	history = recent(history, now)
	if wait := s.MailboxLimit.wait(history, now); wait > 0 {
		return problem.TooManyRequests.With("bucket", mailboxBucket).After(wait)
	}
	return tx.SaveStarts(mailbox, append(history, now))
}

// recent leaves out what no window sees any more. A start from the future, after a
// clock was set back, counts as one from now: it must not block for hours.
func recent(history []models.Instant, now models.Instant) []models.Instant {
	history = slices.DeleteFunc(history, func(start models.Instant) bool { return start <= now.Add(-limitDay) })
	for i, start := range history {
		history[i] = min(start, now)
	}
	return history
}

// PerMinute is a bucket of that many starts which fills again within a minute, or nil
// for none. It is this process's own: one counter that all replicas write would cut
// the rate of starts to a quarter, so each gets its share.
func PerMinute(starts int) *rate.Limiter {
	if starts == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(starts)/time.Minute.Seconds()), starts)
}

// reserve counts the start against the project and against all of them, until it is
// released: a start that is refused further on must not use up what is others'.
func (s *Service) reserve(p *Project) (release func(), err error) {
	now := s.Now()
	var taken []*rate.Reservation
	release = func() {
		for _, reservation := range taken {
			reservation.CancelAt(now)
		}
	}
	for _, limit := range []struct {
		bucket  string
		limiter *rate.Limiter
	}{{projectBucket, p.Limiter}, {totalBucket, s.Limiter}} {
		if limit.limiter == nil {
			continue
		}
		reservation := limit.limiter.ReserveN(now, 1)
		taken = append(taken, reservation)
		if wait := reservation.DelayFrom(now); wait > 0 {
			release()
			return nil, problem.TooManyRequests.With("bucket", limit.bucket).After(wait)
		}
	}
	return release, nil
}
