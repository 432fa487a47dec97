package mailer

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"

	"latchkey/models"
	"latchkey/store"
)

// conclude records what came of an attempt.
func (w *Worker) conclude(ctx context.Context, owed *store.OwedMail, o outcome) {
	log := w.Logger.With("reference", owed.About().Reference(), "reply", o.reply())
	switch o.verdict {
	case sent:
		log.Debug("mail sent", "attempts", owed.Mail.Attempts+1)
		w.settleSent(ctx, owed, o)
	case bounced:
		log.Info("mail bounced")
		w.settleBounced(ctx, owed, o)
	case down:
		w.release(ctx, owed, lastReply(owed, o.reply()))
	case refused:
		// Another mail is the next to probe with, so that one project's sender or
		// one recipient cannot stand in the way of all the others.
		w.postpone(ctx, owed, o.reply(), w.refusedNext(owed, o, !w.route.worksFrom(0)))
	default:
		reply := o.reply()
		if o.inDoubt {
			log.Warn("relay closed without an answer to the message: it may arrive twice, with one Message-ID")
			reply = replyInDoubt
		}
		w.postpone(ctx, owed, reply, w.ownNext(owed))
	}
}

// replyInDoubt stands in the row when a message was handed over and not answered, and
// from then on at the end of each later reply.
const replyInDoubt = "no reply to the message"

func mayHaveArrived(owed *store.OwedMail) bool {
	return strings.HasSuffix(owed.Mail.LastReply, replyInDoubt)
}

func lastReply(owed *store.OwedMail, reply string) string {
	if mayHaveArrived(owed) && reply != replyInDoubt {
		return reply + ", before it " + replyInDoubt
	}
	return reply
}

// sentDetail marks in the project's history what may have arrived twice.
func sentDetail(owed *store.OwedMail) string {
	if mayHaveArrived(owed) {
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

// refusedNext: while no relay takes anybody's mail, a mail it was tried with waits no
// longer than until the next probes. Strangers' mails that are refused on account of their
// recipients would then come back faster than the relay can refuse them, so theirs wait longer.
func (w *Worker) refusedNext(owed *store.OwedMail, o outcome, allInTrouble bool) models.Instant {
	next, longest := w.ownNext(owed), lastProbePause
	if o.maybeForRecipient(owed.Unproven()) {
		longest = lastRecipientPause
	}
	if allInTrouble {
		next = min(next, models.At(w.Now().Add(longest)))
	}
	return next
}

func (w *Worker) postpone(ctx context.Context, owed *store.OwedMail, reply string, next models.Instant) {
	reply = lastReply(owed, reply)
	w.giveBack(ctx, owed, func() error { return w.Store.DeferMail(ctx, owed.Mail, next, reply) })
}

// release returns a mail that was claimed to the queue, without an attempt of its own.
func (w *Worker) release(ctx context.Context, owed *store.OwedMail, reply string) {
	w.giveBack(ctx, owed, func() error { return w.Store.ReleaseMail(ctx, owed.Mail.ID, reply) })
}

// giveBack returns a mail to the queue. One that was deleted on its way, with its person,
// ends here: nobody else knows of it any more.
func (w *Worker) giveBack(ctx context.Context, owed *store.OwedMail, write func() error) {
	event := w.event(owed, models.EventMailExpired, detailDeleted)
	w.record(ctx, owed, func() error {
		err := write()
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		return w.Store.Write(ctx, func(tx *store.Tx) error { return tx.EndUntried(owed.Mail.ID, models.MailExpired, &event) })
	})
}

// detailDeleted is the detail of a mail that was not sent before its person was deleted.
const detailDeleted = "deleted"
