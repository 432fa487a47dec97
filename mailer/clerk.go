package mailer

import (
	"context"
	"errors"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/models"
	"latchkey/store"
)

const (
	// clerksPerSender keep a connection busy while others claim and record, and share
	// commits: four drain a backlog twice as fast as one. More would hold more mails
	// that are sent and not yet recorded, and each of these is sent twice when the
	// process is killed.
	clerksPerSender = 4
	// lease is how long a mail is claimed for. What a killed process held is taken up
	// again within half a minute.
	lease = 28 * time.Second
	// recordReserve is kept of the lease for the record.
	recordReserve = time.Second
	// handOver is how long a claimed mail may wait for a sender: what is left of the
	// lease when mailBudget and recordReserve are taken off.
	handOver = lease - mailBudget - recordReserve
	// minLinkLife: a link that dies within a minute of its mail's arrival is of no
	// use to anybody.
	minLinkLife = time.Minute
	// claimPause keeps the clerks from running through the queue while the database
	// answers nothing.
	claimPause = time.Second
)

// clerk takes mails from the queue until ctx ends, and sees each through.
func (w *Worker) clerk(ctx, work context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-w.queue.ids:
			w.queue.taken()
			p, ok := w.await(ctx)
			if !ok {
				return
			}
			w.try(ctx, work, p, id)
		}
	}
}

// drain tries what is in the queue, as far as the relays let it.
func (w *Worker) drain(ctx, work context.Context) {
	for ctx.Err() == nil {
		p, ok, _, _ := w.route.admit(w.Now())
		if !ok {
			return
		}
		select {
		case id := <-w.queue.ids:
			w.try(ctx, work, p, id)
		default:
			w.route.untried(p)
			return
		}
	}
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

// try sees one mail through. One that no relay took a look at goes to the end of the
// queue.
func (w *Worker) try(ctx, work context.Context, p permit, id models.ID) {
	tried := w.seeThrough(ctx, work, p, id)
	w.queue.done(id)
	if !tried {
		w.queue.add(id)
	}
}

// seeThrough claims the mail, has it sent, and records what came of it.
func (w *Worker) seeThrough(ctx, work context.Context, p permit, id models.ID) (tried bool) {
	claimed := time.Now()
	owed, err := w.Store.ClaimMail(work, id, lease)
	if err != nil {
		w.route.untried(p)
		w.notClaimed(ctx, err)
		return true
	}
	record, stop := recordTime(work, claimed)
	defer stop()
	message := w.prepareMessage(record, owed)
	if message == nil {
		w.route.untried(p)
		return true
	}
	attempt := attempt{
		worker: w, message: message, ends: claimed.Add(lease - recordReserve),
		retried: owed.Mail.Attempts > 0, unknown: owed.Email.VerifiedAt == nil, doubted: mayHaveArrived(owed),
	}
	result := attempt.run(ctx, p)
	if !result.tried {
		w.release(record, owed, owed.Mail.LastReply)
		return false
	}
	w.conclude(record, owed, result.outcome)
	return result.outcome.verdict != down
}

// prepareMessage is nil when the mail is not to be sent; what is to be said about
// that is then recorded.
func (w *Worker) prepareMessage(record context.Context, owed *store.OwedMail) *gomail.Msg {
	if reason := w.tooLate(owed); reason != "" {
		w.drop(record, owed, models.MailExpired, reason)
		return nil
	}
	if owed.Bounces.SuppressedAt != nil {
		w.drop(record, owed, models.MailBounced, replySuppressed)
		return nil
	}
	message, err := w.composer.compose(owed)
	if err != nil {
		w.Logger.Error("mail cannot be composed, will try again", "reference", owed.About().Reference(), "err", err)
		w.postpone(record, owed, "not composed", w.ownNext(owed))
		return nil
	}
	return message
}

// notClaimed: a conflict means that another has it or that it has ended.
func (w *Worker) notClaimed(ctx context.Context, err error) {
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) || ctx.Err() != nil {
		return
	}
	w.Logger.Error("queued mail cannot be claimed, it stays in the database", "err", err)
	w.queue.more.Store(true)
	pause(ctx, claimPause)
}

// tooLate says why the mail is owed no more, or "". What became of its link matters only
// to a mail that carries it: a notice goes out because the link was redeemed.
func (w *Worker) tooLate(owed *store.OwedMail) string {
	now := models.At(w.Now())
	carries, ending := w.composer.carriesLink(owed), owed.Mail.ExpiresAt < now.Add(minLinkLife)
	switch state := owed.Link.State(now); {
	case owed.Gone():
		return "link_gone"
	case carries && state != models.LinkAlive:
		return "link_" + string(state)
	case carries && ending:
		return "link_about_to_expire"
	case ending:
		return "mail_expired"
	}
	return ""
}
