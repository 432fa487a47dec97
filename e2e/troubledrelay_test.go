package e2e

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// smtpFault is what goes wrong in sessions with a relay, at one point of each. The zero
// value is none.
type smtpFault struct {
	// at is a command in lower case, or "greeting", "body" (the first line of a message)
	// or "dot" (its end); "everywhere" and "offer" (of STARTTLS) stand for themselves.
	at    string
	reply string // instead of the relay's; "" is none
	then  ending
	once  bool // each recipient meets it but once
}

// ending is what follows the reply.
type ending int

const (
	goOn ending = iota
	hangUp
	fallSilent // and keep the connection
)

// troubledRelay stands in front of a relay that works, and passes everything on but for
// its fault. With a certificate it wants STARTTLS and takes any login.
type troubledRelay struct {
	address, behind string
	certificate     *tls.Config
	file            string // of the certificate

	mu      sync.Mutex
	fault   smtpFault
	changed chan struct{} // closed when the fault is another
	met     chan struct{} // holds one when somebody has met the fault
	known   map[string]bool
	dials   []time.Time
}

func startTroubledRelay(t *testing.T, behind *relay) *troubledRelay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &troubledRelay{address: listener.Addr().String(), behind: behind.address, changed: make(chan struct{}), met: make(chan struct{}, 1)}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { r.serve(t.Context(), client) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	return r
}

// secure makes it want STARTTLS, with a certificate for 127.0.0.1.
func (r *troubledRelay) secure(t *testing.T) {
	t.Helper()
	r.file = filepath.Join(t.TempDir(), "certificate.pem")
	key := filepath.Join(t.TempDir(), "key.pem")
	writeCertificate(t, r.file, key)
	pair, err := tls.LoadX509KeyPair(r.file, key)
	if err != nil {
		t.Fatal(err)
	}
	r.certificate = &tls.Config{Certificates: []tls.Certificate{pair}}
}

// suffer gives it a fault instead of the one it has. Sessions that are open by then are
// ended at their next mail, and at once where they were silent.
func (r *troubledRelay) suffer(fault smtpFault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault, r.known = fault, make(map[string]bool)
	close(r.changed)
	r.changed = make(chan struct{})
	select {
	case <-r.met:
	default:
	}
}

// recover makes it work again.
func (r *troubledRelay) recover() { r.suffer(smtpFault{}) }

// dialledSince are the connections that were made to it.
func (r *troubledRelay) dialledSince(moment time.Time) (dials []time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.dials {
		if at.After(moment) {
			dials = append(dials, at)
		}
	}
	return dials
}

// settings makes it the relay of a configuration.
func (r *troubledRelay) settings(s settings) settings {
	s.smtp = r.address
	if r.certificate != nil {
		s.smtp = "user:secret-of-the-relay@" + r.address
		s.smtpOptions = fmt.Sprintf("tls: starttls, ca_file: %q", r.file)
	}
	return s
}
