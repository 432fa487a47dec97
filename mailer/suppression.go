package mailer

import (
	"context"
	"errors"

	"latchkey/models"
	"latchkey/store"
)

// suppressAfter is how many mails in a row must come back for want of a mailbox before
// no more are sent. Once may be a mistake of the receiving side's; an address that
// bounces for good and is mailed on and on costs the sender's good name with it.
const suppressAfter = 3

// replySuppressed is the detail of a mail that was not tried for that.
const replySuppressed = "suppressed"

// nobodyThere tells the bounces that count toward suppression: those that say of the
// mailbox that it does not exist and will not. docs/mail.md lists the codes with the
// reason for each. A bare 550 does not: Exim says "relay not permitted" with one.
func nobodyThere(o outcome) bool {
	if o.verdict != bounced {
		return false
	}
	switch o.enhanced {
	case "5.1.1", "5.1.3", "5.1.6", "5.1.10":
		return true
	}
	return false
}

// settleBounced ends a mail that they refused and, where nobody is there to take any,
// counts it against the address in the same transaction.
func (w *Worker) settleBounced(ctx context.Context, owed *store.OwedMail, o outcome) {
	suppressed := false
	w.settle(ctx, owed, models.MailBounced, o.reply(), o.reply(), func(tx *store.Tx) (err error) {
		if o.nobody && owed.Mail.ToItsLink() {
			suppressed, err = w.countBounce(tx, owed, o)
		}
		return err
	})
	if suppressed {
		w.Logger.Warn("address suppressed, no more mail goes to it: see latchkey mail suppressions list",
			"reference", owed.About().Reference(), "reply", o.reply())
	}
}

func (w *Worker) countBounce(tx *store.Tx, owed *store.OwedMail, o outcome) (suppressed bool, err error) {
	suppressed, err = tx.CountBounce(models.BounceRecord{
		EmailID: owed.Email.ID, ProjectID: owed.Email.ProjectID,
		LastReply: o.reply(), LastBounceAt: models.At(w.Now()),
	}, suppressAfter)
	if err != nil || !suppressed {
		return false, err
	}
	return true, tx.InsertEvent(w.event(owed, models.EventAddressSuppressed, o.reply()))
}

// settleSent ends a mail that the relay took, and begins the address's count anew:
// only bounces in a row say that nobody is there. Nearly always there is no count, and the
// mail is settled with others.
func (w *Worker) settleSent(ctx context.Context, owed *store.OwedMail, o outcome) {
	if o.reply() == replySent && owed.Bounces.Bounces == 0 {
		event := w.event(owed, models.EventMailSent, sentDetail(owed))
		if w.settler.settle(ctx, owed.Mail.ID, event) == nil {
			return
		}
	}
	w.settle(ctx, owed, models.MailSent, o.reply(), sentDetail(owed), func(tx *store.Tx) error {
		if owed.Bounces.Bounces == 0 {
			return nil
		}
		err := tx.ForgetBounces(owed.Email.ProjectID, owed.Email.ID)
		if errors.Is(err, store.ErrConflict) { // lifted meanwhile
			return nil
		}
		return err
	})
}
