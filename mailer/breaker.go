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
	broken  int  // mails in a row that it broke off
	refused int  // mails in a row that it refused, each perhaps for its own sake
}

// maxBroken is how many mails in a row a relay may break off, or put off because of
// its own state, before it counts as one that takes nothing. One alone may be the mail's
// fault; a relay that takes none must not keep them from the next one until they expire.
const maxBroken = 3

// maxRefused is how many refusals in a row, of mails that may be to blame for them, are
// the relay's.
const maxRefused = 20

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

// blame is on whom a refusal of us may rest.
type blame int

const (
	onRelay     blame = iota // and on nobody else
	onMail                   // it had been tried before
	onRecipient              // nobody has proven the address, and a relay may hand on what is thought there
)

// report takes in what came of a mail that was admitted, and on whom a refusal may rest.
func (b *breaker) report(probe bool, o outcome, on blame, now time.Time) turn {
	if probe {
		b.probing = false
	}
	switch {
	case probe && o.answered():
		b.trouble, b.proven, b.broken, b.refused = nil, true, 0, 0
		return recovered
	case probe:
		return b.stayDown(o, on, now)
	case b.trouble == nil && o.answered():
		b.proven, b.broken, b.refused = true, 0, 0
	case b.trouble == nil && b.isTrouble(o, on):
		b.goDown(o, now)
		return wentDown
	case b.trouble == nil && o.verdict == deferred:
		if b.broken++; b.broken == maxBroken {
			o.trouble = breaksOff
			b.goDown(o, now)
			return wentDown
		}
	}
	return noTurn
}

// isTrouble: one mail refused again, or one to an address that nobody has proven, while
// others were taken, is that mail's trouble. Some relays hand on the recipient's 5.7.1,
// and strangers who ask for such recipients must not hold up everybody's mail. Many such
// in a row are the relay's all the same.
func (b *breaker) isTrouble(o outcome, on blame) bool {
	if o.verdict != refused || on == onRelay || !b.proven {
		return o.verdict == down || o.verdict == refused
	}
	b.refused++
	return b.refused >= maxRefused
}

func (b *breaker) goDown(o outcome, now time.Time) {
	b.trouble, b.since, b.failed, b.proven, b.broken, b.refused = &o, now, now, false, 0, 0
	b.pause = firstProbePause
	if o.verdict == refused {
		// It may be about this mail only: the next mail tells, at once.
		b.pause = 0
	}
}

// stayDown: a refusal that may be of this mail alone says nothing new, so the next one soon
// probes. Where it may be the recipient's that is at once: with a pause after each, strangers
// who ask for enough of them would keep everybody else's mail from ever probing.
func (b *breaker) stayDown(o outcome, on blame, now time.Time) turn {
	switch {
	case o.verdict == refused && on == onRecipient:
	case o.verdict == refused && on == onMail:
		b.failed, b.pause = now, firstProbePause
	default:
		b.failed, b.pause = now, nextProbePause(b.pause)
	}
	if !b.isOther(o, on) {
		return noTurn
	}
	b.trouble = &o
	return otherTrouble
}

// isOther tells whether it is another trouble now. The codes of recipients' refusals differ
// from one to the next, and mean the same.
func (b *breaker) isOther(o outcome, on blame) bool {
	if o.trouble == b.trouble.trouble {
		return on != onRecipient && o.reply() != b.trouble.reply()
	}
	return o.trouble != ""
}
