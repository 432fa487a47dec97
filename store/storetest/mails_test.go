package storetest

import (
	"testing"

	"latchkey/models"
	"latchkey/store"
)

// insertMail queues a mail of its own, without InsertLink.
func insertMail(t *testing.T, st *store.Store, mail models.QueuedMail) models.QueuedMail {
	t.Helper()
	now := models.At(epoch)
	mail.ID, mail.ProjectID, mail.Status = models.NewID(epoch), project, models.MailQueued
	mail.NextAttemptAt, mail.CreatedAt, mail.ExpiresAt = now, now, now+60_000
	must(t, write(st, func(tx *store.Tx) error { return tx.InsertMail(mail) }))
	return mail
}

// wantOwed claims the mail and compares what comes with it.
func wantOwed(t *testing.T, st *store.Store, want store.OwedMail, to string, about models.ID, gone bool) {
	t.Helper()
	got := claim(t, st, want.Mail.ID)
	want.Mail.ClaimedUntil = got.Mail.ClaimedUntil
	if *got != want {
		t.Errorf("got  %+v\nwant %+v", *got, want)
	}
	if got.To() != to || got.About() != about || got.Gone() != gone {
		t.Errorf("got a mail to %q about %s, gone: %v; want %q, %s, %v", got.To(), got.About(), got.Gone(), to, about, gone)
	}
}

func TestAMailNeedsNoLink(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		mail := insertMail(t, st, models.QueuedMail{Template: "no_account", Locale: "pt-br", Address: "eve@example.com"})
		wantDue(t, st, 9, mail.ID)
		wantOwed(t, st, store.OwedMail{Mail: mail}, "eve@example.com", mail.ID, false)
	})
}

func TestAMailMayGoElsewhereThanItsLink(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		link, carrier := started(t, st, "ada@example.com")
		_, email := known(t, st, "ada@example.com")
		notice := insertMail(t, st, models.QueuedMail{Template: "address_added", LinkID: link.ID, Address: "old@example.com"})
		wantOwed(t, st, store.OwedMail{Mail: notice, Link: link, Email: email}, "old@example.com", link.ID, false)
		wantOwed(t, st, store.OwedMail{Mail: carrier, Link: link, Email: email}, "ada@example.com", link.ID, false)
	})
}

// Rows are deleted with their person, and a mail that names one must be claimed all the
// same: otherwise it could never be ended.
func TestAMailOutlivesItsLink(t *testing.T) {
	EachAt(t, newClock().Now, func(t *testing.T, st *store.Store) {
		missing := models.NewID(epoch)
		carrier := insertMail(t, st, models.QueuedMail{LinkID: missing})
		wantOwed(t, st, store.OwedMail{Mail: carrier}, "", missing, true)
		notice := insertMail(t, st, models.QueuedMail{LinkID: missing, Address: "old@example.com"})
		wantOwed(t, st, store.OwedMail{Mail: notice}, "old@example.com", missing, true)

		// The link is there, and its address is not.
		_, email := person("nobody@example.com")
		link, orphan := linkFor(email)
		must(t, write(st, func(tx *store.Tx) error { return tx.InsertLink(link, orphan) }))
		wantOwed(t, st, store.OwedMail{Mail: orphan, Link: link}, "", link.ID, true)
	})
}
