package magiclink

import (
	"errors"
	"slices"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/store"
)

// errands are what couriers were told.
type errands struct {
	sent  []store.OwedMail
	letGo int
}

func (w *world) couriers() *errands {
	l := new(errands)
	w.Courier = func() *store.Courier {
		return &store.Courier{
			Lease: time.Minute,
			Send:  func(owed *store.OwedMail) { l.sent = append(l.sent, *owed) },
			LetGo: func() { l.letGo++ },
		}
	}
	return l
}

// A courier gets what the rows say, once they are durable and nobody else may take them.
func TestACourierIsGivenTheMailAsItsRowsSay(t *testing.T) {
	eachWorld(t, func(w *world) {
		l := w.couriers()
		start := func() (*Started, error) { return w.Start(ctx, requestFor("new@example.com")) }
		requests := []struct {
			name string
			ask  func() (*Started, error)
		}{
			{"somebody new", start},
			{"somebody known", start},
			{"an invitation", func() (*Started, error) {
				return w.Invite(ctx, InviteRequest{ProjectID: required, Email: "guest@example.com", URL: appURL})
			}},
			{"nobody", func() (*Started, error) {
				return w.Send(ctx, sendRequest(new(flow), "nobody@example.com", publicly))
			}},
		}
		for _, request := range requests {
			name := request.name
			_, err := request.ask()
			fatal(w, err)
			given := l.sent[len(l.sent)-1]
			row, err := w.Store.Read(ctx).Mail(given.Mail.ID)
			fatal(w, err)
			if row.Mail.ClaimedUntil == 0 {
				w.Errorf("%s: the mail is not claimed", name)
			}
			given.Mail.ClaimedUntil = row.Mail.ClaimedUntil
			if *row != given {
				w.Errorf("%s: the courier was given\n%+v, and the rows say\n%+v", name, given, *row)
			}
			due, err := w.Store.DueMails(ctx, 9)
			fatal(w, err)
			if slices.Contains(due, given.Mail.ID) {
				w.Errorf("%s: another may take the mail", name)
			}
		}
		if len(l.sent) != len(requests) || l.letGo > 0 || len(w.mails) > 0 {
			w.Errorf("%d sent, %d let go, %d queued; want %d sent", len(l.sent), l.letGo, len(w.mails), len(requests))
		}
	})
}

func requestFor(address string) StartRequest {
	return StartRequest{
		ProjectID: required, Email: address, Challenge: ChallengeOf(NewVerifier()), LoginURL: appURL, SignupURL: appURL,
	}
}

func TestACourierIsLetGoWhereNoMailIsWritten(t *testing.T) {
	eachWorld(t, func(w *world) {
		l := w.couriers()
		w.MailboxLimit = MailboxLimit{Burst: 1, PerHour: 1, PerDay: 1}
		_, err := w.Start(ctx, requestFor(ada))
		fatal(w, err)
		if _, err := w.Start(ctx, requestFor(ada)); !errors.Is(err, problem.TooManyRequests) {
			w.Errorf("got %v, want %v", err, problem.TooManyRequests)
		}
		if len(l.sent) != 1 || l.letGo != 1 {
			w.Errorf("%d sent, %d let go; want one each", len(l.sent), l.letGo)
		}
	})
}

// Nobody is free: the queue has it.
func TestAMailWithoutACourierIsQueued(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.Courier = func() *store.Courier { return nil }
		w.start()
		if got := len(w.mails); got != 1 {
			w.Errorf("%d mails were queued, want 1", got)
		}
	})
}
