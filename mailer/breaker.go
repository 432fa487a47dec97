package mailer

import (
	"log/slog"
	"sync"
	"time"
)

// Health is how the relay stands, fit to be shown to strangers: it names codes, and
// no host, address or text of the server's.
type Health struct {
	Degraded bool
	Reason   string    // "the mail relay refuses the user name and password (535 5.7.8)"
	Since    time.Time // of the trouble
}

// relay is what all senders know of the relay together. While it takes nothing, all
// mail is kept and one sender at a time tries it with one mail, after growing
// pauses; when that works, all go on at once.
type relay struct {
	logger *slog.Logger

	mu      sync.Mutex
	trouble *outcome // nil while it works
	since   time.Time
	failed  time.Time     // when it was last tried in vain
	pause   time.Duration // from then to the next probe
	probing bool
	proven  bool          // it has answered for a mail since the last trouble
	changed chan struct{} // closed when those who wait should ask again
}

func newRelay(logger *slog.Logger) *relay {
	return &relay{logger: logger, changed: make(chan struct{})}
}

// permit is a sender's leave to try one mail. It is given back with its result.
type permit struct{ probe bool }

// admit asks for leave. Without it, ask again after wait, or when changed closes.
func (r *relay) admit(now time.Time) (p permit, ok bool, wait time.Duration, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.trouble == nil:
		return permit{}, true, 0, nil
	case r.probing:
		return permit{}, false, lastProbePause, r.changed
	}
	// A clock that was set back must not stretch the pause.
	since := now.Sub(r.failed)
	if since >= 0 && since < r.pause {
		return permit{}, false, r.pause - since, r.changed
	}
	r.probing = true
	return permit{probe: true}, true, 0, nil
}

// untried gives leave back with which nothing was sent: the mail was not owed any
// more. Another may probe at once.
func (r *relay) untried(p permit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.probe {
		r.probing = false
		r.wakeAll()
	}
}

// report gives leave back with what came of it, and tells whether the relay is
// held to be in trouble. again says that the mail had been tried before.
func (r *relay) report(p permit, o outcome, again bool, now time.Time) (inTrouble bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case p.probe && o.answered():
		r.recover(now)
	case p.probe:
		r.stayDown(o, now)
	case r.trouble == nil && o.answered():
		r.proven = true
	case r.trouble == nil && r.isTrouble(o, again):
		r.goDown(o, now)
	}
	if p.probe {
		r.probing = false
		r.wakeAll()
	}
	return r.trouble != nil
}

// isTrouble: one mail refused again, while others were taken, is that mail's
// trouble. Some relays hand on the recipient's 5.7.1, and whoever can make such a
// recipient fail must not hold up everybody's mail over and over.
func (r *relay) isTrouble(o outcome, again bool) bool {
	return o.verdict == down || o.verdict == refused && !(again && r.proven)
}

func (r *relay) goDown(o outcome, now time.Time) {
	r.trouble, r.since, r.failed, r.proven = &o, now, now, false
	r.pause = firstProbePause
	if o.verdict == refused {
		// It may be about this mail only: the next mail tells, at once.
		r.pause = 0
	}
	r.logger.Warn("mail relay takes nothing, all mail is kept", "trouble", o.trouble, "reply", o.reply())
}

func (r *relay) stayDown(o outcome, now time.Time) {
	r.failed, r.pause = now, nextProbePause(r.pause)
	if o.trouble == "" || o.trouble == r.trouble.trouble && o.reply() == r.trouble.reply() {
		return
	}
	r.trouble = &o
	r.logger.Warn("mail relay still takes nothing, for another reason", "trouble", o.trouble, "reply", o.reply())
}

func (r *relay) recover(now time.Time) {
	r.logger.Info("mail relay works again", "after", now.Sub(r.since).Round(time.Second).String())
	r.trouble, r.proven = nil, true
}

func (r *relay) wakeAll() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *relay) health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trouble == nil {
		return Health{}
	}
	return Health{
		Degraded: true, Since: r.since,
		Reason: "the mail relay " + string(r.trouble.trouble) + " (" + r.trouble.reply() + ")",
	}
}
