package magiclink

import (
	"slices"
	"time"

	"latchkey/models"
)

// MailboxLimit bounds the mails that one mailbox is sent. Zero bounds nothing. The
// usual 5, 10 and 30 let a person who cannot find the mail ask again, and spare one
// whom somebody else asks for.
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

// forStrangers leaves a third of each number to who has signed in to the mailbox
// before: however many ask for it, they share the other two.
func (l MailboxLimit) forStrangers() MailboxLimit {
	return MailboxLimit{Burst: l.Burst - l.Burst/3, PerHour: l.PerHour - l.PerHour/3, PerDay: l.PerDay - l.PerDay/3}
}

// replicasDiffer is what the clocks of replicas may differ by.
const replicasDiffer = time.Minute

// recent leaves out what no window sees any more, and what lies further in the future
// than another replica's clock: it was counted before the clock was set back. To wait
// would not help whom it blocks, since it stays in the future for as long as the clock was
// ahead. What another replica has counted a moment from now counts as of now.
func recent(history []models.Instant, now models.Instant) []models.Instant {
	history = slices.DeleteFunc(history, func(start models.Instant) bool {
		return start <= now.Add(-limitDay) || start > now.Add(replicasDiffer)
	})
	for i, start := range history {
		history[i] = min(start, now)
	}
	return history
}
