package mailer

import (
	"context"
	"math/rand/v2"

	"latchkey/models"
	"latchkey/store"
)

// conclude records what came of an attempt.
func (w *Worker) conclude(ctx context.Context, owed *store.OwedMail, result attemptResult) {
	o := result.outcome
	log := w.Logger.With("reference", owed.About().Reference(), "reply", o.reply())
	switch o.verdict {
	case sent:
		log.Debug("mail sent", "attempts", owed.Mail.Attempts+1)
		w.settle(ctx, owed, models.MailSent, o.reply(), sentDetail(owed))
	case bounced:
		log.Info("mail bounced")
		w.settle(ctx, owed, models.MailBounced, o.reply(), o.reply())
	case down:
		w.record(ctx, owed, func() error { return w.Store.ReleaseMail(ctx, owed.Mail.ID, o.reply()) })
	case refused:
		// Another mail is the next to probe with, so that one project's sender or
		// one recipient cannot stand in the way of all the others.
		w.postpone(ctx, owed, o.reply(), w.refusedNext(owed, result.inTrouble))
	default:
		reply := o.reply()
		if o.inDoubt {
			log.Warn("relay closed without an answer to the message: it may arrive twice, with one Message-ID")
			reply = replyInDoubt
		}
		w.postpone(ctx, owed, reply, w.ownNext(owed))
	}
}

// replyInDoubt stands in the row when a message was handed over and not answered.
const replyInDoubt = "no reply to the message"

// sentDetail marks in the project's history what may have arrived twice.
func sentDetail(owed *store.OwedMail) string {
	if owed.Mail.LastReply == replyInDoubt {
		return "possible_duplicate"
	}
	return ""
}

// ownNext is when the mail is next tried by its own pauses. It is never later than
// its last minute, when it is settled as expired.
func (w *Worker) ownNext(owed *store.OwedMail) models.Instant {
	next := models.At(w.Now().Add(ownPause(owed.Mail.Attempts, rand.Float64())))
	return min(next, owed.Mail.ExpiresAt.Add(-minLinkLife)+1)
}

// refusedNext: while the relay refuses everybody, a mail it was tried with waits no
// longer than until the next probes.
func (w *Worker) refusedNext(owed *store.OwedMail, inTrouble bool) models.Instant {
	next := w.ownNext(owed)
	if inTrouble {
		next = min(next, models.At(w.Now().Add(lastProbePause)))
	}
	return next
}

func (w *Worker) postpone(ctx context.Context, owed *store.OwedMail, reply string, next models.Instant) {
	w.record(ctx, owed, func() error { return w.Store.DeferMail(ctx, owed.Mail.ID, next, reply) })
}

// giveBack returns a mail that was claimed and not tried, as it was.
func (w *Worker) giveBack(ctx context.Context, owed *store.OwedMail) {
	w.record(ctx, owed, func() error { return w.Store.ReleaseMail(ctx, owed.Mail.ID, owed.Mail.LastReply) })
}
