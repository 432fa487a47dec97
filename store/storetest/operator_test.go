package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

func cancelEvent(owed *store.OwedMail) models.Event {
	event := eventOf(owed.Link.ID)
	event.Kind, event.Detail = models.EventMailExpired, "cancelled"
	return event
}

func redeemNow(st *store.Store, link models.ID) error {
	return write(st, func(tx *store.Tx) error { return tx.RedeemLink(project, link, models.At(epoch)) })
}

func wantListed(t *testing.T, st *store.Store, filter store.MailFilter, limit int, want ...string) {
	t.Helper()
	mails, err := st.Read(context.Background()).Mails(filter, limit)
	must(t, err)
	if len(mails) != len(want) {
		t.Fatalf("%+v: got %d mails, want %v", filter, len(mails), want)
	}
	for i, mail := range mails {
		if got := fmt.Sprintf("%s %s", mail.Address, mail.Status); got != want[i] {
			t.Errorf("%+v: mail %d is %s, want %s", filter, i, got, want[i])
		}
	}
}

func TestMailsAreListedTheNewestFirst(t *testing.T) {
	clock := newClock()
	EachAt(t, clock.Now, func(t *testing.T, st *store.Store) {
		for i, name := range []string{"ada@example.com", "bob@example.com", "cy@example.com"} {
			must(t, write(st, func(tx *store.Tx) error {
				user, email := person(name)
				if _, _, err := tx.EnsurePerson(user, email); err != nil {
					return err
				}
				link, mail := linkFor(email)
				mail.ID = models.NewID(epoch.Add(time.Duration(i) * time.Second))
				return tx.InsertLink(link, mail)
			}))
		}
		all, err := st.Read(context.Background()).Mails(store.MailFilter{}, 9)
		must(t, err)
		byAddress := make(map[string]store.ListedMail)
		for _, mail := range all {
			byAddress[mail.Address] = mail
		}
		event := eventOf(byAddress["bob@example.com"].LinkID)
		must(t, settled(st, byAddress["bob@example.com"].ID, models.MailSent, &event))

		wantListed(t, st, store.MailFilter{}, 9, "cy@example.com queued", "bob@example.com sent", "ada@example.com queued")
		wantListed(t, st, store.MailFilter{ProjectID: project, Status: models.MailQueued}, 9, "cy@example.com queued", "ada@example.com queued")
		wantListed(t, st, store.MailFilter{Status: models.MailQueued}, 1, "cy@example.com queued")
		wantListed(t, st, store.MailFilter{ProjectID: "another"}, 9)

		counts, err := st.Read(context.Background()).CountMails(project)
		must(t, err)
		if counts[models.MailQueued] != 2 || counts[models.MailSent] != 1 || len(counts) != 2 {
			t.Errorf("got %v, want 2 queued and 1 sent", counts)
		}
		if counts, err := st.Read(context.Background()).CountMails("another"); err != nil || len(counts) != 0 {
			t.Errorf("another project: got %v, %v; want nothing", counts, err)
		}
	})
}

func TestAMailIsFoundByItsReference(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, mail := started(t, st, "ada@example.com")
		started(t, st, "bob@example.com")
		reference, err := models.ParseReference(link.ID.Reference())
		must(t, err)
		ids, err := st.Read(context.Background()).MailsOfReference(reference)
		must(t, err)
		if len(ids) != 1 || ids[0] != mail.ID {
			t.Errorf("got %v, want %v", ids, mail.ID)
		}
	})
}

func TestAHastenedMailIsDueUnlessItIsHeldOrHasEnded(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		mails := []models.ID{owed(t, st, 30*time.Minute), owed(t, st, 20*time.Minute)}
		hasten := func(want int) {
			t.Helper()
			n, err := st.HastenMails(context.Background(), mails)
			must(t, err)
			if n != want {
				t.Errorf("got %d hastened, want %d", n, want)
			}
		}
		notNamed := owed(t, st, 10*time.Minute)
		hasten(2)
		due, err := st.DueMails(context.Background(), 9)
		must(t, err)
		if len(due) != 2 || slices.Contains(due, notNamed) {
			t.Errorf("got due %v, want %v", due, mails)
		}
		link := claim(t, st, mails[0]).Link
		hasten(1)
		event := eventOf(link.ID)
		must(t, settled(st, mails[0], models.MailSent, &event))
		hasten(1)
	})
}

func TestQueuedMailsAreThoseOfSendersToo(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		mails := []models.ID{owed(t, st, 0), owed(t, st, 0), owed(t, st, 0)}
		slices.SortFunc(mails, func(a, b models.ID) int { return bytes.Compare(a[:], b[:]) })
		claim(t, st, mails[1])
		ended := owed(t, st, 0)
		event := eventOf(claim(t, st, ended).Link.ID)
		must(t, settled(st, ended, models.MailSent, &event))
		queued := func(projectID string, after, before models.ID, limit int, want ...models.ID) {
			t.Helper()
			got, err := st.Read(t.Context()).QueuedMails(projectID, after, before, limit)
			must(t, err)
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		end := models.IDBefore(epoch.Add(time.Second))
		queued("", models.ID{}, end, 9, mails...)
		queued(project, models.ID{}, end, 2, mails[:2]...)
		queued(project, mails[0], end, 9, mails[1:]...)
		queued(project, models.ID{}, mails[2], 9, mails[:2]...)
		queued("another", models.ID{}, end, 9)
	})
}

// A cancelled mail takes its link with it; one that is held, sent or another's stays.
func TestACancelledMailRevokesItsLink(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		link, mail := started(t, st, "ada@example.com")
		heldLink, held := started(t, st, "bob@example.com")
		claim(t, st, held.ID)
		for _, want := range []int{1, 0} {
			n, err := st.CancelMails(ctx, []models.ID{held.ID, mail.ID}, cancelEvent)
			must(t, err)
			if n != want {
				t.Errorf("got %d cancelled, want %d", n, want)
			}
		}
		got, err := st.Read(ctx).Mail(mail.ID)
		must(t, err)
		if got.Mail.Status != models.MailExpired || got.Mail.FinishedAt == nil || got.Link.RevokedAt == nil {
			t.Errorf("got %+v, want it expired and its link revoked", got)
		}
		if events, err := st.Read(ctx).EventsOf(project, link.ID); err != nil || len(events) != 1 || events[0].Detail != "cancelled" {
			t.Errorf("got events %+v, %v; want one: cancelled", events, err)
		}
		if spared, err := st.Read(ctx).Link(heldLink.ID); err != nil || spared.RevokedAt != nil {
			t.Errorf("got %+v, %v; want the held mail's link untouched", spared, err)
		}
		wantErr(t, redeemNow(st, link.ID), store.ErrConflict)
	})
}

func TestALinkThatWasRedeemedIsNotRevokedByACancel(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, mail := started(t, st, "ada@example.com")
		must(t, redeemNow(st, link.ID))
		_, err := st.CancelMails(context.Background(), []models.ID{mail.ID}, cancelEvent)
		must(t, err)
		if got, err := st.Read(context.Background()).Link(link.ID); err != nil || got.RevokedAt != nil {
			t.Errorf("got %+v, %v; want it redeemed only", got, err)
		}
	})
}
