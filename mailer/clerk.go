package mailer

import (
	"context"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/models"
	"latchkey/store"
)

const (
	// clerksPerSender keep a connection busy while others compose and record. More would
	// hold more mails that are sent and not yet recorded, and each of these is sent twice
	// when the process is killed.
	clerksPerSender = 4
	// handOver is how long a composed mail may wait for a sender: what is left of the
	// lease when mailBudget and recordReserve are taken off.
	handOver = lease - mailBudget - recordReserve
	// minLinkLife: a link that dies within a minute of its mail's arrival is of no
	// use to anybody.
	minLinkLife = time.Minute
)

// clerk sees claimed mails through, one after the other, until there are no more.
func (w *Worker) clerk(ctx, work context.Context, claimed <-chan claim) {
	for {
		c, ok := w.next(claimed)
		if !ok {
			return
		}
		w.seeThrough(ctx, work, c)
	}
}

// seeThrough has a mail sent, and records what came of it. One that no relay was asked to
// take keeps its turn; one that a relay did not listen to goes to the end of the queue.
func (w *Worker) seeThrough(ctx, work context.Context, c claim) {
	owed, id := c.owed, c.owed.Mail.ID
	record, stop := recordTime(work, c.at)
	defer stop()
	message := w.prepareMessage(record, owed)
	if message == nil {
		w.route.untried(c.permit)
		w.queue.done(id)
		return
	}
	attempt := attempt{
		worker: w, message: message, ends: c.at.Add(lease - recordReserve),
		retried: owed.Mail.Attempts > 0, unproven: owed.Unproven(), doubted: mayHaveArrived(owed),
	}
	result := attempt.run(ctx, c.permit)
	if !result.tried {
		w.release(record, owed, owed.Mail.LastReply)
		w.queue.putBack(id)
		return
	}
	w.conclude(record, owed, result.outcome)
	w.queue.done(id)
	if result.outcome.verdict == down {
		w.queue.add(id)
	}
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
