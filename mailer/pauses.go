package mailer

import "time"

// jitter spreads what failed together, so that it does not come back together.
const jitter = 0.2

// ownPauses lists a mail's pauses after its first, second, … failed attempt. Most
// greylisting lets a mail pass after one to five minutes, and a person waits for
// this one: the first tries come close.
func ownPauses() []time.Duration {
	return []time.Duration{
		2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute,
	}
}

// ownPause is the pause of a mail that had failed attempts times before this one.
// chance is from [0,1).
func ownPause(attempts int, chance float64) time.Duration {
	pauses := ownPauses()
	pause := pauses[min(max(attempts, 0), len(pauses)-1)]
	return time.Duration(float64(pause) * (1 - jitter + 2*jitter*chance))
}

// The pauses between two probes of a relay that takes nothing: the first mail after
// a restart of the relay waits a second, and after an outage of hours no more than
// the last of these.
const (
	firstProbePause = time.Second
	lastProbePause  = 15 * time.Second
)

// lastRecipientPause is how long a mail that was refused perhaps on account of its recipient
// waits at most while no relay takes anything. Its own pauses grow beyond a link's life, and it
// is to arrive when the relay is mended.
const lastRecipientPause = time.Minute

func nextProbePause(pause time.Duration) time.Duration {
	return min(max(2*pause, firstProbePause), lastProbePause)
}
