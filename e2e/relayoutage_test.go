package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/mailer/catcher"
	"latchkey/store/storetest"
)

const (
	// outageVariable and outageMailsVariable say how long the relay of drill R4 is away,
	// and how many mails wait for it: `make drill R4` sets them.
	outageVariable      = "LATCHKEY_R4_OUTAGE"
	outageMailsVariable = "LATCHKEY_R4_MAILS"

	// drainedIn is how soon everything must have gone out when the relay is back. Every
	// tenth link has died by then.
	drainedIn = time.Minute
)

// TestARelayIsAwayForLong is drill R4, or its short form.
func TestARelayIsAwayForLong(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		relay := startRelay(t)
		front := startTroubledRelay(t, relay)
		server := serve(t, front.settings(newSettings(t, url, "")))
		relay.each(t, startFor(t, server, 5)) // there are connections to lose

		mails, length := size(t, outageMailsVariable, 100), lasting(t, outageVariable, 3*time.Second)
		report := &report{title: fmt.Sprintf("R4, %s, relay away for %s", databaseKind(url), length)}
		front.suffer(smtpFault{at: "greeting", then: hangUp})
		away := time.Now()
		waiting, expiring := startMany(t, server.settings, "waiting", mails-mails/10), startMany(t, server.settings, "expiring", mails/10)
		endLinks(t, url, "expiring-%", away.Add(length/2))
		hold(t, "relay away", length-time.Since(away))
		back := time.Now()
		front.recover()

		last := awaitMails(t, relay, waiting, back.Add(drainedIn))
		server.awaitNothingOwed(t)
		report.probes(front.dialledSince(away), back)
		report.count("mails that waited", len(waiting))
		report.aim("the last of them after its return", last.Sub(back), drainedIn.String())
		report.count("mails whose link died meanwhile", len(expiring))
		server.terminate(t)
		report.checkExpired(t, relay, url, len(expiring))
		report.log(t)
	})
}

// startMany asks for links as several clients, and wants all of them granted.
func startMany(t *testing.T, s settings, name string, n int) (addresses []string) {
	t.Helper()
	app := s.backEnd(0)
	app.transport = &http.Transport{MaxIdleConnsPerHost: loadClients}
	todo := make(chan string)
	var asking sync.WaitGroup
	for range loadClients {
		asking.Go(func() {
			for address := range todo {
				a, err := app.post(startPath, body{"email": address, "code_challenge": newPair().challenge})
				if err != nil || a.Status != http.StatusOK {
					t.Errorf("start: got %d %s (%v), want 200", a.Status, a.ErrorType, err)
				}
			}
		})
	}
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("%s-%d@example.com", name, i))
		todo <- addresses[i]
	}
	close(todo)
	asking.Wait()
	return addresses
}

// endLinks shortens the lives of the links to these addresses: no start may ask for less
// than five minutes.
func endLinks(t *testing.T, database, addresses string, at time.Time) {
	t.Helper()
	db := openDatabase(t, database)
	for _, statement := range []string{
		`UPDATE queued_mails SET expires_at = $1 WHERE link_id IN (SELECT magic_links.id FROM magic_links JOIN emails ON emails.id = email_id WHERE address LIKE $2)`,
		`UPDATE magic_links SET expires_at = $1 WHERE email_id IN (SELECT id FROM emails WHERE address LIKE $2)`,
	} {
		if _, err := db.Exec(statement, at.UnixMilli(), addresses); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitMails waits until each address has mail, and returns when the last one came.
func awaitMails(t *testing.T, r *relay, addresses []string, deadline time.Time) (last time.Time) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	for i, address := range addresses {
		message, err := r.Wait(ctx, catcher.Wanted{Address: address})
		if err != nil {
			t.Fatalf("%s has no mail (%v); %d of %d had theirs before", address, err, i, len(addresses))
		}
		if message.ReceivedAt.After(last) {
			last = message.ReceivedAt
		}
	}
	return last
}

// probes adds how a relay that is away is asked whether it is back. The senders that had
// mail in hand find out together; then there is one probe at a time.
func (r *report) probes(dials []time.Time, back time.Time) {
	const together = 500 * time.Millisecond // half the first pause
	var first, longest time.Duration
	for i := 1; i < len(dials) && dials[i-1].Before(back); i++ {
		pause := dials[i].Sub(dials[i-1])
		longest = max(longest, pause)
		if first == 0 && pause > together {
			first = pause
		}
	}
	r.aim("first retry after", first, "5s")
	r.count("longest pause between two tries", rounded(longest))
}

// checkExpired wants the mails of dead links ended as expired, each with its event, and
// none of them sent.
func (r *report) checkExpired(t *testing.T, relay *relay, database string, expired int) {
	t.Helper()
	dead := 0
	for _, message := range relay.Messages() {
		if strings.HasPrefix(message.To[0], "expiring-") {
			dead++
		}
	}
	r.none(t, "of them sent", dead)
	rows := number(t, database, "SELECT count(*) FROM queued_mails WHERE status = 'expired'")
	events := number(t, database, "SELECT count(*) FROM events WHERE kind = 'mail.expired'")
	r.require(t, "of them reported: rows / events", fmt.Sprintf("%d / %d", rows, events),
		fmt.Sprintf("%d / %d", expired, expired), rows == expired && events == expired)
	repeated, _ := relay.repeats(t)
	r.none(t, "mails that came again", repeated)
}
