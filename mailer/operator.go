package mailer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

var (
	// ErrUnderWay: a sender holds the mail and will have recorded the outcome within
	// half a minute.
	ErrUnderWay = errors.New("a sender has it in hand: look again in half a minute")
	// ErrName: no mail is called that.
	ErrName = errors.New("want a mail's id or its reference of ten letters and digits")
	// ErrEnded: it was sent, bounced or expired.
	ErrEnded = errors.New("it has ended already")
)

const (
	// batch is small, because on SQLite it holds up everybody's writes.
	batch = 200
	// detailCancelled stands in the event.
	detailCancelled = "cancelled"
)

// Operator does to the queue what its owner asks for, beside whatever servers work on
// the same database: a mail that a sender holds is left to it. Its fields are set once,
// before use.
type Operator struct {
	Store *store.Store
	Keys  *sealed.KeyRing
	Now   func() time.Time
}

// Find finds a mail by its id, which is also the left half of its Message-ID, or by its
// link's reference, which stands in its footer and in the log. store.ErrNotFound: there
// is none, or no more.
func (o *Operator) Find(ctx context.Context, name string) (*store.OwedMail, error) {
	read := o.Store.Read(ctx)
	if id, err := models.ParseID(strings.ToLower(name)); err == nil {
		return read.Mail(id)
	}
	reference, err := models.ParseReference(strings.ToUpper(name))
	if err != nil {
		return nil, ErrName
	}
	ids, err := read.MailsOfReference(reference)
	switch {
	case err != nil:
		return nil, err
	case len(ids) == 0:
		return nil, store.ErrNotFound
	case len(ids) > 1:
		return nil, fmt.Errorf("several mails have this reference: name one by its id: %s", ids)
	}
	return read.Mail(ids[0])
}

// Retry makes a queued mail due now. A server that is running finds it at its next look
// into the database, two seconds later at most.
func (o *Operator) Retry(ctx context.Context, id models.ID) error {
	return o.one(ctx, id, o.Store.HastenMails)
}

// RetryAll does the same to all that no sender holds, of one project or, where it is
// empty, of all, and says how many there were, and how many were left to senders.
// progress is told the number so far.
func (o *Operator) RetryAll(ctx context.Context, project string, progress func(done int)) (done, held int, err error) {
	return o.all(ctx, project, progress, o.Store.HastenMails)
}

// Cancel ends a queued mail unsent and revokes its link: nobody redeems what was never
// mailed. It counts as expired.
func (o *Operator) Cancel(ctx context.Context, id models.ID) error {
	return o.one(ctx, id, o.cancel)
}

// CancelAll does the same to all queued mails of the project that no sender holds.
func (o *Operator) CancelAll(ctx context.Context, project string, progress func(done int)) (done, held int, err error) {
	return o.all(ctx, project, progress, o.cancel)
}

// change does something to those of the mails that are queued and in no sender's hands,
// and says how many there were.
type change func(ctx context.Context, ids []models.ID) (int, error)

func (o *Operator) cancel(ctx context.Context, ids []models.ID) (int, error) {
	return o.Store.CancelMails(ctx, ids, o.cancelled)
}

func (o *Operator) one(ctx context.Context, id models.ID, do change) error {
	n, err := do(ctx, []models.ID{id})
	if err != nil || n == 1 {
		return err
	}
	return o.whyNot(ctx, id)
}

// all meets each mail once, and only those that were there when it began: a server at
// work makes others as fast.
func (o *Operator) all(ctx context.Context, project string, progress func(done int), do change) (done, held int, err error) {
	var last models.ID
	before := models.IDBefore(o.Now().Add(time.Millisecond))
	for {
		ids, err := o.Store.Read(ctx).QueuedMails(project, last, before, batch)
		if err != nil || len(ids) == 0 {
			return done, held, err
		}
		n, err := do(ctx, ids)
		if done += n; err != nil {
			return done, held, err
		}
		progress(done)
		held += len(ids) - n
		last = ids[len(ids)-1]
	}
}

// Lift ends an address's suppression and begins its count anew.
func (o *Operator) Lift(ctx context.Context, address *store.SuppressedAddress) error {
	now := o.Now()
	event := models.Event{
		ID: models.NewID(now), ProjectID: address.ProjectID, Kind: models.EventAddressLifted,
		AddressHash: o.Keys.HashAddress(address.Identity), CreatedAt: models.At(now),
	}
	return o.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetBounces(address.ProjectID, address.EmailID); err != nil {
			return err
		}
		return tx.InsertEvent(event)
	})
}

// whyNot says why a mail was not in the operator's hands.
func (o *Operator) whyNot(ctx context.Context, id models.ID) error {
	owed, err := o.Store.Read(ctx).Mail(id)
	switch {
	case err != nil:
		return err
	case owed.Mail.Status != models.MailQueued:
		return fmt.Errorf("%w: %s", ErrEnded, owed.Mail.Status)
	}
	return ErrUnderWay
}

func (o *Operator) cancelled(owed *store.OwedMail) models.Event {
	now := o.Now()
	return models.Event{
		ID: models.NewID(now), ProjectID: owed.Mail.ProjectID, Kind: models.EventMailExpired, LinkID: owed.About(),
		AddressHash: recipientHash(o.Keys, owed), Detail: detailCancelled, CreatedAt: models.At(now),
	}
}
