package users

import (
	"errors"
	"fmt"
	"testing"

	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/profile"
	"latchkey/store"
	"latchkey/store/storetest"
)

// rounds is how often each race is run: what they look for shows in few of them.
const rounds = 25

// eachRound runs a race again and again, each time over a new person with an open link.
func eachRound(t *testing.T, race func(w *world, address string, f flow)) {
	eachWorld(t, func(w *world) {
		for round := range rounds {
			address := fmt.Sprintf("person%d@example.com", round)
			race(w, address, w.started(address))
		}
		w.wantWhole()
	})
}

// A start either comes before the deletion, and goes with the person, or makes a new one.
func TestAStartRacesWithADeletion(t *testing.T) {
	eachRound(t, func(w *world, address string, f flow) {
		starts := make([]error, 3)
		var deleted error
		steps := []func(){func() { _, deleted = w.Delete(ctx, project, public(f.link.UserID)) }}
		for i := range starts {
			steps = append(steps, func() { _, starts[i] = w.start(address) })
		}
		atOnce(steps...)
		w.wantOneOf("delete", deleted, nil)
		for _, err := range starts {
			w.wantOneOf("start", err, nil)
		}
	})
}

func TestARedemptionRacesWithADeletion(t *testing.T) {
	eachRound(t, func(w *world, _ string, f flow) {
		var deleted, redeemed error
		atOnce(
			func() { _, deleted = w.Delete(ctx, project, public(f.link.UserID)) },
			func() { _, redeemed = w.redeem(f) },
		)
		w.wantOneOf("delete", deleted, nil)
		w.wantOneOf("redeem", redeemed, nil, problem.UnableToAuthMagicLink)
		_, err := w.redeem(f)
		w.wantOneOf("redeem afterwards", err, problem.UnableToAuthMagicLink)
	})
}

func TestARedemptionRacesWithTheDeletionOfItsAddress(t *testing.T) {
	eachRound(t, func(w *world, _ string, f flow) {
		var deleted, redeemed error
		atOnce(
			func() { _, deleted = w.DeleteEmail(ctx, project, models.PublicID("email", project, f.link.EmailID)) },
			func() { _, redeemed = w.redeem(f) },
		)
		w.wantOneOf("delete", deleted, nil)
		w.wantOneOf("redeem", redeemed, nil, problem.UnableToAuthMagicLink)
	})
}

func TestAStartRacesWithAnExchange(t *testing.T) {
	eachRound(t, func(w *world, address string, f flow) {
		var exchanged, old, fresh error
		atOnce(
			func() { _, exchanged = w.Exchange(ctx, project, public(f.link.UserID), "new-"+address) },
			func() { _, old = w.start(address) },
			func() { _, fresh = w.start("new-" + address) },
		)
		w.wantOneOf("exchange", exchanged, nil, problem.DuplicateEmail)
		w.wantOneOf("start for the old address", old, nil)
		w.wantOneOf("start for the new address", fresh, nil)
	})
}

// What is added to a person by name goes with them, or is told that they are gone.
func TestAdditionsRaceWithADeletion(t *testing.T) {
	eachRound(t, func(w *world, address string, f flow) {
		name := public(f.link.UserID)
		var deleted, embedded, attached, updated error
		atOnce(
			func() { _, deleted = w.Delete(ctx, project, name) },
			func() { _, embedded = w.links.Embed(ctx, magiclink.EmbedRequest{ProjectID: project, User: name}) },
			func() {
				_, attached = w.links.Send(ctx, magiclink.SendRequest{User: name, StartRequest: magiclink.StartRequest{
					ProjectID: project, Email: "second-" + address, Challenge: magiclink.ChallengeOf(magiclink.NewVerifier()),
				}})
			},
			func() { _, updated = w.Update(ctx, project, name, profile.Changes{FirstName: new("Ada")}) },
		)
		w.wantOneOf("delete", deleted, nil)
		for what, err := range map[string]error{"embed": embedded, "send": attached, "update": updated} {
			w.wantOneOf(what, err, nil, problem.UserNotFound)
		}
	})
}

func TestOfTwoDeletionsOneWins(t *testing.T) {
	eachRound(t, func(w *world, _ string, f flow) {
		results := make([]error, 2)
		step := func(i int) func() {
			return func() { _, results[i] = w.Delete(ctx, project, public(f.link.UserID)) }
		}
		atOnce(step(0), step(1))
		if (results[0] == nil) == (results[1] == nil) || !errors.Is(errors.Join(results...), problem.UserNotFound) {
			w.Errorf("got %v, want one success and one %v", results, problem.UserNotFound)
		}
	})
}

func TestOfManyCreationsOneWins(t *testing.T) {
	eachWorld(t, func(w *world) {
		results := make([]error, 20)
		var steps []func()
		for i := range results {
			steps = append(steps, func() {
				request := CreateRequest{ProjectID: project, Email: ada}
				if i%2 == 1 { // half of them fight for the app's id instead
					request.Email = fmt.Sprintf("person%d@example.com", i)
					request.Profile.ExternalID = new("one")
				}
				_, results[i] = w.Create(ctx, request)
			})
		}
		atOnce(steps...)
		won := [2]int{}
		for i, err := range results {
			if err == nil {
				won[i%2]++
				continue
			}
			w.wantErr(err, []*problem.Problem{problem.DuplicateEmail, problem.DuplicateUserExternalID}[i%2])
		}
		if won != [2]int{1, 1} {
			w.Errorf("got %v winners, want one for the address and one for the app's id", won)
		}
		w.wantWhole()
	})
}

func TestUpdatesAtOnceAllCount(t *testing.T) {
	eachWorld(t, func(w *world) {
		name := w.create(ada)
		const updates = 20
		var steps []func()
		for i := range updates {
			steps = append(steps, func() {
				changes := profile.Changes{TrustedMetadata: models.Object{fmt.Sprint("member", i): i}}
				if _, err := w.Update(ctx, project, name, changes); err != nil {
					w.Error(err)
				}
			})
		}
		atOnce(steps...)
		person, err := w.Get(ctx, project, name)
		fatal(w, err)
		if got := len(person.User.TrustedMetadata); got != updates {
			w.Errorf("got %d members, want %d", got, updates)
		}
	})
}

// What is owed to an address stays where the address went before its person did.
func TestADeletionTakesNoNoticeOfAnAddressThatWent(t *testing.T) {
	url := storetest.PostgresSchema(t) // SQLite has one writer, who waits for nobody
	clock := storetest.NewClock(epoch)
	w := newWorld(t, storetest.Open(t, url, clock.Now), clock)
	w.db = openRaw(t, url)
	name := w.create(ada)
	fatal(t, w.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.InsertMail(models.QueuedMail{ID: models.NewID(epoch), ProjectID: project, Status: models.MailQueued, Address: ada})
	}))
	first, err := w.db.Begin()
	fatal(t, err)
	_, err = first.Exec("DELETE FROM emails")
	fatal(t, err)
	deleted := make(chan error)
	go func() {
		_, err := w.Delete(ctx, project, name)
		deleted <- err
	}()
	storetest.AwaitLock(t, w.db, "emails", deleted)
	fatal(t, first.Commit())
	fatal(t, <-deleted)
	if got := w.owed(ada); got != 1 {
		t.Errorf("%d mails are owed to the address, want the one", got)
	}
}
