package mailer

import (
	"slices"
	"testing"
	"time"

	"latchkey/models"
)

// No more is claimed than what goes out in claimAhead, whatever the relay's pace.
func TestClaimsFollowTheRelaysPace(t *testing.T) {
	for _, c := range []struct {
		mails int
		in    time.Duration
		want  int
	}{
		{1, 0, 2}, // it went to idle hands, and says nothing yet
		{16, time.Millisecond, 32},
		{maxClaims, 10 * time.Millisecond, maxClaims},
		{4, claimAhead, 4},
		{64, 4 * claimAhead, 16},
		{4, 20 * claimAhead, 1},
	} {
		if got := claimsFor(c.mails, c.in); got != c.want {
			t.Errorf("%d mails in %s: the next claim is of %d, want %d", c.mails, c.in, got, c.want)
		}
	}
}

func TestAMailThatWasNotTriedKeepsItsTurn(t *testing.T) {
	q := newQueue()
	ids := []models.ID{models.NewID(asked), models.NewID(asked), models.NewID(asked)}
	for _, id := range ids {
		q.add(id)
	}
	q.putBack(q.take(1)[0])
	if got := q.take(9); !slices.Equal(got, ids) {
		t.Errorf("got %v, want %v", got, ids)
	}
}

// What was claimed for a relay that then fails waits unclaimed until it works again.
func TestMailsClaimedForARelayThatFailsAreGivenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		links := b.startMany(100)
		b.relay.decideBy(func(command, _ string) (step, bool) {
			return step{reply: "421 4.3.2 shutting down", close: true}, command == "mail" && len(b.relay.mails) >= 30
		})
		b.deliver()
		b.wantTaken(30)
		b.relay.decideBy(nil)
		b.clock.Advance(lastProbePause)
		b.deliver()
		b.wantTaken(100)
		for _, link := range links {
			b.wantEvent(link, models.EventMailSent, "")
		}
	})
}
