package e2e

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"latchkey/mailer/catcher"
	"latchkey/store/storetest"
)

// relayPort is a port for an SMTP server that is not there yet: it is taken, so that
// nobody else can get it, and connections to it are refused until somebody listens.
type relayPort struct {
	socket  *os.File
	address string
}

func reserveRelayPort(t *testing.T) *relayPort {
	t.Helper()
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(descriptor)
	socket := os.NewFile(uintptr(descriptor), "relay")
	t.Cleanup(func() { socket.Close() })
	if err := syscall.Bind(descriptor, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(descriptor)
	if err != nil {
		t.Fatal(err)
	}
	bound := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	return &relayPort{socket: socket, address: bound.String()}
}

// open starts the SMTP server.
func (p *relayPort) open(t *testing.T) *relay {
	t.Helper()
	return serveRelay(t, p.listen(t))
}

// listen lets connections come about.
func (p *relayPort) listen(t *testing.T) net.Listener {
	t.Helper()
	if err := syscall.Listen(int(p.socket.Fd()), syscall.SOMAXCONN); err != nil {
		t.Fatal(err)
	}
	listener, err := net.FileListener(p.socket)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// keptMails is more than any drill sends: a relay that forgets would look like a loss.
const keptMails = 1 << 20

// relay is an SMTP server that keeps what it is sent.
type relay struct {
	*catcher.Catcher
	address string
}

func startRelay(t *testing.T) *relay {
	t.Helper()
	return reserveRelayPort(t).open(t)
}

func serveRelay(t *testing.T, listener net.Listener) *relay {
	c := catcher.New(catcher.Config{Logger: slog.New(slog.DiscardHandler), MaxMessages: keptMails, MaxBytes: 1 << 30})
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.ServeSMTP(listener); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return &relay{Catcher: c, address: listener.Addr().String()}
}

// mail waits for the newest mail to the address.
func (r *relay) mail(t *testing.T, address string) *catcher.Message {
	t.Helper()
	return r.mailAfter(t, address, "")
}

// mailAfter waits for one that came after the mail of that id.
func (r *relay) mailAfter(t *testing.T, address, earlier string) *catcher.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	message, err := r.Wait(ctx, catcher.Wanted{Address: address, After: earlier})
	if err != nil {
		t.Fatalf("no mail for %s: %v", address, err)
	}
	return message
}

// each waits until every address has mail.
func (r *relay) each(t *testing.T, addresses []string) {
	t.Helper()
	for _, address := range addresses {
		r.mail(t, address)
	}
}

// checkOnce checks that each address got one mail, each with a Message-ID of its own,
// that nobody else got any, and that the database owes no more. It is for when the
// sender has ended.
func (r *relay) checkOnce(t *testing.T, database string, addresses []string) {
	t.Helper()
	checkNothingOwed(t, database)
	recipients, ids := make(map[string]int), make(map[string]int)
	for _, message := range r.Messages() {
		parsed, err := mail.ReadMessage(bytes.NewReader(message.Source))
		if err != nil {
			t.Fatal(err)
		}
		ids[parsed.Header.Get("Message-ID")]++
		for _, to := range message.To {
			recipients[to]++
			if !slices.Contains(addresses, to) {
				t.Errorf("mail to %s, who did not ask", to)
			}
		}
	}
	for _, address := range addresses {
		if recipients[address] != 1 {
			t.Errorf("%s got %d mails, want 1", address, recipients[address])
		}
	}
	if len(ids) != len(addresses) || ids[""] > 0 {
		t.Errorf("got %d Message-IDs (%d mails without), want %d", len(ids), ids[""], len(addresses))
	}
}

func checkNothingOwed(t *testing.T, database string) {
	t.Helper()
	next, err := storetest.Open(t, database, time.Now).NextMailAt(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if next != nil {
		t.Error("the database owes another mail, want all of them sent")
	}
}
