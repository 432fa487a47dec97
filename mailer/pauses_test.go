package mailer

import (
	"testing"
	"time"
)

func TestOwnPausesGrowToAQuarterOfAnHour(t *testing.T) {
	want := []time.Duration{2, 4, 8, 15, 30, 60, 120, 240, 480, 900, 900, 900}
	for attempts, seconds := range want {
		middle := seconds * time.Second
		low, high := ownPause(attempts, 0), ownPause(attempts, 0.999)
		if low >= middle || high <= middle || low < middle*3/4 || high > middle*5/4 {
			t.Errorf("after %d attempts: got %s to %s, want them around %s", attempts, low, high, middle)
		}
	}
}

func TestProbePausesGrowToTheLast(t *testing.T) {
	pause, n := time.Duration(0), 0
	for ; pause < lastProbePause; n++ {
		next := nextProbePause(pause)
		if next <= pause {
			t.Fatalf("after %s comes %s", pause, next)
		}
		pause = next
	}
	if n > 6 || nextProbePause(pause) != lastProbePause {
		t.Errorf("got %d steps to %s", n, pause)
	}
}

// While the relay refuses everybody, what it was tried with must not wait out pauses
// that grew meanwhile: all mail goes once it works.
func TestRefusedMailFollowsTheProbes(t *testing.T) {
	w := &Worker{Now: newClock().Now}
	owed := goldenMail("login")
	owed.Mail.Attempts = 7 // four minutes, by its own pauses
	all, theirs := outcome{verdict: refused, trouble: refusesSender}, outcome{verdict: refused, trouble: refusesUs}
	if got := w.refusedNext(owed, all, true).Time().Sub(asked); got > lastProbePause {
		t.Errorf("in trouble: got a pause of %s", got)
	}
	if got := w.refusedNext(owed, all, false).Time().Sub(asked); got < 3*time.Minute {
		t.Errorf("otherwise: got a pause of %s", got)
	}
	if got := w.refusedNext(owed, theirs, true).Time().Sub(asked); got <= lastProbePause || got > lastRecipientPause {
		t.Errorf("refused on account of its recipient: got a pause of %s", got)
	}
}
