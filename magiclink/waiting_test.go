package magiclink

import (
	"context"
	"errors"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/store/storetest"
)

// postgresWorld is where one transaction waits for another: SQLite has one writer.
func postgresWorld(t *testing.T) *world {
	url := storetest.PostgresSchema(t)
	clock := storetest.NewClock(epoch)
	w := newWorld(t, storetest.Open(t, url, clock.Now), clock)
	w.db = openRaw(t, url)
	return w
}

// redeemWaiting returns when the redemption waits for somebody who has locked an address.
func (w *world) redeemWaiting(f flow) <-chan error {
	proof := make(chan error)
	go func() {
		_, err := w.Redeem(ctx, f.request())
		proof <- err
	}()
	storetest.AwaitLock(w.T, w.db, "emails", proof)
	return proof
}

// TestWhoeverWaitsForAMailboxHoldsNothing: strangers who ask for links again and again wait
// for the mailbox all the time. Its owner's redemption must not wait for them.
func TestWhoeverWaitsForAMailboxHoldsNothing(t *testing.T) {
	w := postgresWorld(t)
	w.MailboxLimit = MailboxLimit{Burst: 5, PerHour: 10, PerDay: 30}
	f := w.start()

	holder, err := w.db.Begin()
	fatal(t, err)
	_, err = holder.Exec("SELECT 1 FROM mailboxes FOR UPDATE")
	fatal(t, err)
	stranger := make(chan error)
	go func() {
		_, err := w.Start(ctx, requestFor(ada))
		stranger <- err
	}()
	storetest.AwaitLock(t, w.db, "mailboxes", stranger)
	patient, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := w.Redeem(patient, f.request()); err != nil {
		t.Errorf("while a stranger waits for the mailbox its owner's redemption ends with %v", err)
	}
	fatal(t, holder.Rollback())
	fatal(t, <-stranger)
}

// TestAnInvitationThatIsUnderWayKeepsItsAddress: whoever proves an address takes it from a
// stranger, and not from somebody whom the app's back end names at that moment.
func TestAnInvitationThatIsUnderWayKeepsItsAddress(t *testing.T) {
	w := postgresWorld(t)
	f := w.send(bob, forUser(w.signIn(ada)))
	w.start(to(bob))

	invitation, err := w.db.Begin()
	fatal(t, err)
	_, err = invitation.Exec("SELECT 1 FROM emails WHERE identity = $1 FOR SHARE", bob)
	fatal(t, err)
	proof := w.redeemWaiting(f)
	_, err = invitation.Exec("UPDATE users SET kept = true WHERE id = (SELECT user_id FROM emails WHERE identity = $1)", bob)
	fatal(t, err)
	fatal(t, invitation.Commit())
	if err := <-proof; !errors.Is(err, problem.DuplicateEmail) {
		t.Errorf("got %v, want %v", err, problem.DuplicateEmail)
	}
}

// TestAStrangerWhoAsksMeanwhileMakesWay: whoever proves an address takes it from a stranger
// also where that one asked for a link to it after it was looked for.
func TestAStrangerWhoAsksMeanwhileMakesWay(t *testing.T) {
	w := postgresWorld(t)
	f := w.send(bob, forUser(w.signIn(ada)))
	w.start(to(carol))

	stranger, err := w.db.Begin()
	fatal(t, err)
	_, err = stranger.Exec("UPDATE emails SET identity = $1, address = $1 WHERE identity = $2", bob, carol)
	fatal(t, err)
	proof := w.redeemWaiting(f)
	fatal(t, stranger.Commit())
	fatal(t, <-proof)
}
