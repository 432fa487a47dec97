package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"

	"latchkey/store/storetest"
)

const (
	// floodVariable says how many starts the flood is: `make drill flood` sets it.
	floodVariable = "LATCHKEY_FLOOD_STARTS"
	// floodAddresses is how many machines it seems to come from, all of them loopback.
	floodAddresses = 500
	// mailboxDay is the default of limits.mailbox_per_day.
	mailboxDay = 30
)

// flooded is the mailbox that somebody wants to fill.
const flooded = "ada.lovelace@example.com"

// floodStarts is how many starts the flood is.
func floodStarts(t *testing.T) int {
	t.Helper()
	set := os.Getenv(floodVariable)
	if set == "" {
		return 600
	}
	starts, err := strconv.Atoi(set)
	if err != nil {
		t.Fatal(err)
	}
	return starts
}

// TestAFloodOfOneMailbox is somebody who wants to fill a mailbox, from many addresses
// and by every spelling of it: at most a day's budget arrives, and the link that its
// owner had asked for goes on working.
func TestAFloodOfOneMailbox(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		relay := startRelay(t)
		server := serve(t, newSettings(t, url, relay.address))
		owner := newPair()
		server.backEnd(0).start(t, flooded, owner)
		link := relay.mail(t, flooded)

		granted := flood(t, func(i int) (answer, error) {
			app := server.backEnd(0)
			app.transport = callingFrom(floodAddress(i))
			return app.post(startPath, body{"email": spelling(i), "code_challenge": newPair().challenge})
		})
		server.backEnd(0).redeem(t, link.Token, owner.verifier)
		server.terminate(t)
		if mails := len(relay.Messages()); granted+1 > mailboxDay || mails > mailboxDay {
			t.Errorf("%d starts were granted and %d mails sent, want at most %d", granted+1, mails, mailboxDay)
		}
		t.Logf("%d granted, %d mails in all", granted, len(relay.Messages()))
	})
}

// TestAFloodAtTheBrowserDoor is the same where anybody may ask: 500 strangers each stay
// below what one is granted. The link that the owner had asked for goes on working, the
// owner can ask for another from home, and so can the app's back end.
func TestAFloodAtTheBrowserDoor(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		relay := startRelay(t)
		settings := newSettings(t, url, relay.address)
		settings.keys += "\npublic_token: " + testToken + "\nnative_apps: true"
		server := serve(t, settings)
		home := server.visitor()
		home.local = net.IPv4(127, 0, 200, 1)
		first, before, after := newPair(), newPair(), newPair()
		home.start(t, flooded, first)
		mail := relay.mail(t, flooded)
		home.redeem(t, mail.Token, first)
		home.start(t, flooded, before)
		mail = relay.mailAfter(t, flooded, mail.ID)

		granted := flood(t, func(i int) (answer, error) {
			stranger := server.visitor()
			stranger.local = floodAddress(i)
			return stranger.post("/magic_links/email/login_or_create", body{"email": spelling(i), "code_challenge": newPair().challenge})
		})
		home.redeem(t, mail.Token, before)
		home.start(t, flooded, after)
		home.redeem(t, relay.mailAfter(t, flooded, mail.ID).Token, after)
		server.backEnd(0).start(t, flooded, newPair())
		server.terminate(t)
		if mails := len(relay.Messages()); granted+3 > mailboxDay || mails > mailboxDay+1 {
			t.Errorf("%d starts were granted and %d mails sent, want at most %d and the app's one", granted+3, mails, mailboxDay)
		}
		t.Logf("%d granted to strangers, %d mails in all", granted, len(relay.Messages()))
	})
}

// flood asks for links and tells how many were granted. Everything else must be a
// refusal for a limit's sake.
func flood(t *testing.T, ask func(i int) (answer, error)) (granted int) {
	t.Helper()
	var flooding sync.WaitGroup
	var counting sync.Mutex
	todo := make(chan int)
	for range 16 {
		flooding.Go(func() {
			for i := range todo {
				a, err := ask(i)
				if err != nil || a.Status != http.StatusOK && a.ErrorType != "too_many_requests" {
					t.Errorf("start %d: got %d %s (%v)", i, a.Status, a.ErrorType, err)
				}
				if a.Status == http.StatusOK {
					counting.Lock()
					granted++
					counting.Unlock()
				}
			}
		})
	}
	for i := range floodStarts(t) {
		todo <- i
	}
	close(todo)
	flooding.Wait()
	return granted
}

// spelling is one of many that lead to the same mailbox.
func spelling(i int) string {
	return fmt.Sprintf([]string{"ada.lovelace+%d@example.com", "ADA.Lovelace+%d@example.com", "a.d.a.lovelace+x%d@Example.com", "adalovelace+%d@EXAMPLE.com"}[i%4], i)
}

// floodAddress is one of the machine's loopback addresses.
func floodAddress(i int) net.IP {
	i %= floodAddresses
	return net.IPv4(127, 0, byte(1+i/250), byte(1+i%250))
}
