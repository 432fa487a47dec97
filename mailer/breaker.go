package mailer

import "time"

// breaker is what is known of one relay. While it takes nothing, single mails probe
// it, after growing pauses; when one is answered, all go there again at once. The
// route's lock guards it.
type breaker struct {
	trouble *outcome // nil while it works
	since   time.Time
	failed  time.Time     // when it was last tried in vain
	pause   time.Duration // from then to the next probe
	probing bool
	proven  bool // it has answered for a mail since the last trouble
}

// admit tells whether a mail may be tried, and if it then probes. Without leave, ask
// again after wait.
func (b *breaker) admit(now time.Time) (ok, probe bool, wait time.Duration) {
	switch {
	case b.trouble == nil:
		return true, false, 0
	case b.probing:
		return false, false, lastProbePause
	}
	// A clock that was set back must not stretch the pause.
	since := now.Sub(b.failed)
	if since >= 0 && since < b.pause {
		return false, false, b.pause - since
	}
	b.probing = true
	return true, true, 0
}

// turn is what a report changes.
type turn int

const (
	noTurn turn = iota
	wentDown
	otherTrouble
	recovered
)

// report takes in what came of a mail that was admitted. again says that the mail had
// been tried before.
func (b *breaker) report(probe bool, o outcome, again bool, now time.Time) turn {
	if probe {
		b.probing = false
	}
	switch {
	case probe && o.answered():
		b.trouble, b.proven = nil, true
		return recovered
	case probe:
		return b.stayDown(o, now)
	case b.trouble == nil && o.answered():
		b.proven = true
	case b.trouble == nil && b.isTrouble(o, again):
		b.goDown(o, now)
		return wentDown
	}
	return noTurn
}

// isTrouble: one mail refused again, while others were taken, is that mail's
// trouble. Some relays hand on the recipient's 5.7.1, and whoever can make such a
// recipient fail must not hold up everybody's mail over and over.
func (b *breaker) isTrouble(o outcome, again bool) bool {
	return o.verdict == down || o.verdict == refused && !(again && b.proven)
}

func (b *breaker) goDown(o outcome, now time.Time) {
	b.trouble, b.since, b.failed, b.proven = &o, now, now, false
	b.pause = firstProbePause
	if o.verdict == refused {
		// It may be about this mail only: the next mail tells, at once.
		b.pause = 0
	}
}

func (b *breaker) stayDown(o outcome, now time.Time) turn {
	b.failed, b.pause = now, nextProbePause(b.pause)
	if o.trouble == "" || o.trouble == b.trouble.trouble && o.reply() == b.trouble.reply() {
		return noTurn
	}
	b.trouble = &o
	return otherTrouble
}
