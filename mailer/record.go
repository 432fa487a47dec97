package mailer

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

const (
	// recordGrace is what is left for the record of a mail that was broken off.
	recordGrace = 2 * time.Second

	firstRecordPause = 50 * time.Millisecond
	lastRecordPause  = time.Second
)

// recordTime is how long an outcome may be written down: until the claim ends, for
// then another will send the mail again, and not much longer than work goes on.
func recordTime(work context.Context, claimed time.Time) (context.Context, context.CancelFunc) {
	outlived, stop := outlive(work, recordGrace)
	ctx, cancel := context.WithDeadline(outlived, claimed.Add(lease))
	return ctx, func() { cancel(); stop() }
}

// settle ends the mail, with its event and what else is to be noted in the same
// transaction.
func (w *Worker) settle(ctx context.Context, owed *store.OwedMail, status models.MailStatus, reply, detail string, notes ...func(tx *store.Tx) error) {
	event := w.event(owed, eventKind(status), detail)
	w.record(ctx, owed, func() error {
		return w.Store.Write(ctx, func(tx *store.Tx) error {
			if err := tx.SettleMail(owed.Mail.ID, status, reply, &event); err != nil {
				return err
			}
			for _, note := range notes {
				if err := note(tx); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// drop ends a mail that no relay is asked to take.
func (w *Worker) drop(ctx context.Context, owed *store.OwedMail, status models.MailStatus, detail string) {
	event := w.event(owed, eventKind(status), detail)
	w.record(ctx, owed, func() error {
		return w.Store.Write(ctx, func(tx *store.Tx) error { return tx.EndUntried(owed.Mail.ID, status, &event) })
	})
}

func (w *Worker) event(owed *store.OwedMail, kind models.EventKind, detail string) models.Event {
	now := w.Now()
	return models.Event{
		ID: models.NewID(now), ProjectID: owed.Mail.ProjectID, Kind: kind, LinkID: owed.About(),
		AddressHash: recipientHash(w.Keys, owed), Detail: detail, CreatedAt: models.At(now),
	}
}

// recipientHash names the recipient to who knows the address. A stored address is ASCII,
// with its domain as lower-case A-labels: it differs from its key in case only. It is
// empty where the address is gone.
func recipientHash(keys *sealed.KeyRing, owed *store.OwedMail) []byte {
	if owed.To() == "" {
		return []byte{}
	}
	return keys.HashAddress(strings.ToLower(owed.To()))
}

func eventKind(status models.MailStatus) models.EventKind {
	switch status {
	case models.MailSent:
		return models.EventMailSent
	case models.MailBounced:
		return models.EventMailBounced
	}
	return models.EventMailExpired
}

// record writes an outcome down, however often that takes: a mail that was sent and
// not recorded is sent again.
func (w *Worker) record(ctx context.Context, owed *store.OwedMail, write func() error) {
	err := write()
	for wait := firstRecordPause; retryable(err) && ctx.Err() == nil; wait = min(2*wait, lastRecordPause) {
		pause(ctx, wait)
		err = write()
	}
	switch {
	case errors.Is(err, store.ErrConflict):
		w.Logger.Info("a mail was settled or deleted while it was on its way", "reference", owed.About().Reference())
	case err != nil:
		w.Logger.Error("the outcome of a mail could not be recorded, it will be tried again",
			"reference", owed.About().Reference(), "err", err)
	}
}

// retryable: a conflict says that the row has ended, and no repetition helps.
func retryable(err error) bool {
	return err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound)
}

// pause waits, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// outlive is a context that ends only grace after ctx has.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}
