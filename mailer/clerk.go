package mailer

import (
	"context"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/models"
	"latchkey/store"
)

const (
	// clerksPerSender keep a connection busy: while it carries one mail, the next is
	// composed.
	clerksPerSender = 4
	// recordsPerSender bounds the mails that are tried and not yet recorded, since each that
	// was sent is sent again when the process is killed: the clerks wait, with a mail each,
	// when the database is that slow. Those that are recorded at one time share a commit,
	// and with fewer the senders would wait for every commit.
	recordsPerSender = 8
	// handOver is how long a composed mail may wait for a sender: what is left of the
	// lease when mailBudget and recordReserve are taken off.
	handOver = lease - mailBudget - recordReserve
	// minLinkLife: a link that dies within a minute of its mail's arrival is of no
	// use to anybody.
	minLinkLife = time.Minute
)

// clerk sees claimed mails through, one after the other, until there are no more.
func (w *Worker) clerk(ctx, work context.Context, claimed <-chan claim) {
	for c := range claimed {
		w.seeThrough(ctx, work, c)
	}
}

// seeThrough has a mail sent. What came of it is recorded while the clerk goes on.
func (w *Worker) seeThrough(ctx, work context.Context, c claim) {
	owed := c.owed
	record, stop := recordTime(work, c.at)
	message := w.prepareMessage(record, owed)
	if message == nil {
		w.route.untried(c.permit)
		w.queue.done(owed.Mail.ID)
		stop()
		return
	}
	attempt := attempt{
		worker: w, message: message, ends: c.at.Add(lease - recordReserve),
		retried: owed.Mail.Attempts > 0, unknown: owed.Email.VerifiedAt == nil, doubted: mayHaveArrived(owed),
	}
	result := attempt.run(ctx, c.permit)
	w.unrecorded <- struct{}{}
	w.records.Go(func() {
		w.finish(record, owed, result)
		stop()
		<-w.unrecorded
	})
}

// finish records what came of a mail. One that no relay was asked to take keeps its turn;
// one that a relay did not listen to goes to the end of the queue.
func (w *Worker) finish(record context.Context, owed *store.OwedMail, result attemptResult) {
	id := owed.Mail.ID
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
