package e2e

import (
	"context"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/mailer/catcher"
	"latchkey/store/storetest"
)

func TestMailWaitsForItsRelay(t *testing.T) {
	t.Parallel()
	port := reserveRelayPort(t)
	server := serve(t, newSettings(t, sqliteURL(t), port.address))
	addresses := startFor(t, server, 5)
	server.logged(t, "mail relay takes nothing")
	if got := server.readiness(t); got.Status != "degraded" || !strings.Contains(got.Mail, "mail relay") {
		t.Errorf("/readyz while the relay is down: got %+v, want degraded and the reason", got)
	}

	relay := port.open(t)
	relay.each(t, addresses)
	server.logged(t, "mail relay works again")
	if got := server.readiness(t); got.Status != "ok" || got.Mail != "" {
		t.Errorf("/readyz after the relay came up: got %+v, want ok", got)
	}
	if status := server.terminate(t); status != 0 {
		t.Errorf("exit status: got %d, want 0", status)
	}
	relay.checkOnce(t, server.database, addresses)
}

// While the first relay is away the second carries the mail, and gives it back.
func TestTheSecondRelayStandsIn(t *testing.T) {
	t.Parallel()
	port, second := reserveRelayPort(t), startRelay(t)
	settings := newSettings(t, sqliteURL(t), port.address)
	settings.fallbacks = []string{second.address}
	server := serve(t, settings)
	addresses := startFor(t, server, 5)
	second.each(t, addresses)
	if got := server.readiness(t); got.Status != "degraded" || !strings.HasPrefix(got.Mail, "mail relay 1 of 2 is unreachable") {
		t.Errorf("/readyz while the first relay is down: got %+v, want degraded and which relay", got)
	}

	first := port.open(t)
	deadline := time.Now().Add(patience)
	for i := 0; ; i++ {
		later := fmt.Sprintf("later-%d@example.com", i)
		server.backEnd(0).start(t, later, newPair())
		if carrier(t, later, first, second) == first {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the first relay came up and was not given any mail")
		}
	}
	server.logged(t, "mail relay works again")
	if got := server.readiness(t); got.Status != "ok" || got.Mail != "" {
		t.Errorf("/readyz after the first relay came up: got %+v, want ok", got)
	}
	if status := server.terminate(t); status != 0 {
		t.Errorf("exit status: got %d, want 0", status)
	}
}

// carrier is whichever of the relays gets the mail to that address.
func carrier(t *testing.T, address string, relays ...*relay) *relay {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	carried := make(chan *relay, len(relays))
	for _, r := range relays {
		go func() {
			if _, err := r.Wait(ctx, catcher.Wanted{Address: address}); err == nil {
				carried <- r
			}
		}()
	}
	select {
	case r := <-carried:
		return r
	case <-ctx.Done():
		t.Fatalf("no mail for %s", address)
		return nil
	}
}

func TestKilledBeforeDelivery(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		port := reserveRelayPort(t)
		settings := newSettings(t, url, port.address)
		server := serve(t, settings)
		addresses := startFor(t, server, 10)
		server.kill(t)

		relay := port.open(t)
		server = serve(t, settings)
		relay.each(t, addresses)
		if status := server.terminate(t); status != 0 {
			t.Errorf("exit status: got %d, want 0", status)
		}
		relay.checkOnce(t, url, addresses)
	})
}

func TestNobodyWaitsForASilentRelay(t *testing.T) {
	t.Parallel()
	// Connections come about in the backlog, and nobody ever says a word on them.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	server := serve(t, newSettings(t, sqliteURL(t), silent.Addr().String()))
	startFor(t, server, 10)
	began := time.Now()
	server.signal(t, syscall.SIGTERM)
	server.checkEnd(t, began)
}

// atOnce is far more than a start takes, and less than anybody waits for an SMTP
// server that does not answer.
const atOnce = 3 * time.Second

// startFor asks for links for n people, one after another, and wants quick answers.
func startFor(t *testing.T, s *server, n int) (addresses []string) {
	t.Helper()
	for i := range n {
		address, began := fmt.Sprintf("person-%d@example.com", i), time.Now()
		s.backEnd(0).start(t, address, newPair())
		if took := time.Since(began); took > atOnce {
			t.Errorf("a start was answered after %v, want it at once", took)
		}
		addresses = append(addresses, address)
	}
	return addresses
}
