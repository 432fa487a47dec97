package mailer

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/store"
)

// deliverDeleted delivers a mail whose person is deleted while the relay takes it.
func (b *bench) deliverDeleted() (link models.MagicLink) {
	b.t.Helper()
	link, _ = b.start("acme", "ada@example.com")
	b.relay.decideBy(func(command, _ string) (step, bool) {
		if command == "rcpt" {
			b.erase(link)
		}
		return step{}, false
	})
	b.deliver()
	if log := b.log.String(); strings.Contains(log, "level=ERROR") {
		b.t.Errorf("got an error in the log:\n%s", log)
	}
	if next, err := b.store.NextMailAt(context.Background()); err != nil || next != nil {
		b.t.Errorf("a mail is owed at %v (%v), want none", next, err)
	}
	return link
}

// erase deletes what the deletion of the link's person does.
func (b *bench) erase(link models.MagicLink) {
	b.write(func(tx *store.Tx) error {
		email, err := tx.Email(link.ProjectID, link.EmailID)
		if err != nil {
			return err
		}
		if owed, _, err := tx.DropMails(*email); err != nil || len(owed) != 0 {
			b.t.Errorf("got %d mails in nobody's hands (%v), want none", len(owed), err)
		}
		if _, _, err := tx.DropLinks(models.User{ID: link.UserID, ProjectID: link.ProjectID}); err != nil {
			return err
		}
		return tx.DropEmail(*email)
	})
}

// The history keeps what became of a mail that outlived its person.
func TestAMailDeletedOnItsWayIsSent(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		link := b.deliverDeleted()
		b.wantTaken(1)
		b.wantEvent(link, models.EventMailSent, "")
	})
}

func TestAMailDeletedOnItsWayIsNotTriedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.relay.set("message", say("450 4.2.0 later"))
		link := b.deliverDeleted()
		b.deliver()
		b.wantTaken(0)
		b.wantEvent(link, models.EventMailExpired, "deleted")
	})
}

// What is settled together fails together, and is then settled one by one.
func TestAMailDeletedOnItsWayKeepsNoOtherFromBeingSettled(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.worker = b.newWorker(4)
		links := b.startMany(60)
		b.relay.decideBy(func(command, argument string) (step, bool) {
			for i := 0; i < len(links) && command == "rcpt"; i += 10 {
				if strings.Contains(argument, fmt.Sprintf("<person%d@", i+1)) {
					b.erase(links[i])
				}
			}
			return step{}, false
		})
		b.deliver()
		b.wantTaken(60)
		for _, link := range links {
			b.wantEvent(link, models.EventMailSent, "")
		}
	})
}
