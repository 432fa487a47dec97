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

// TestAFloodOfOneMailbox is somebody who wants to fill a mailbox, from many addresses
// and by every spelling of it: at most a day's budget arrives, and the link that its
// owner had asked for goes on working.
func TestAFloodOfOneMailbox(t *testing.T) {
	t.Parallel()
	starts := 600
	if set := os.Getenv(floodVariable); set != "" {
		var err error
		if starts, err = strconv.Atoi(set); err != nil {
			t.Fatal(err)
		}
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		relay := startRelay(t)
		server := serve(t, newSettings(t, url, relay.address))
		owner := newPair()
		server.backEnd(0).start(t, "ada.lovelace@example.com", owner)
		link := relay.mail(t, "ada.lovelace@example.com")

		granted := flood(t, server.backEnd(0), starts)
		server.backEnd(0).redeem(t, link.Token, owner.verifier)
		server.terminate(t)
		if mails := len(relay.Messages()); granted+1 > mailboxDay || mails > mailboxDay {
			t.Errorf("%d starts were granted and %d mails sent, want at most %d", granted+1, mails, mailboxDay)
		}
		t.Logf("%d starts: %d granted, %d mails in all", starts, granted, len(relay.Messages()))
	})
}

// flood asks for links and tells how many were granted. Everything else must be a
// refusal for the mailbox's sake.
func flood(t *testing.T, app backEnd, starts int) (granted int) {
	t.Helper()
	var flooding sync.WaitGroup
	var counting sync.Mutex
	todo := make(chan int)
	for range 16 {
		flooding.Go(func() {
			for i := range todo {
				a, err := from(app, i%floodAddresses).post(startPath, body{"email": spelling(i), "code_challenge": newPair().challenge})
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
	for i := range starts {
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

// from is the same back end, calling from another of the machine's loopback addresses.
func from(app backEnd, i int) backEnd {
	local := &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/250), byte(1+i%250))}
	app.transport = &http.Transport{DialContext: (&net.Dialer{LocalAddr: local}).DialContext, DisableKeepAlives: true}
	return app
}
