package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
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
			serving.Go(func() { r.serve(t.Context().Done(), client) })
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

// smtpSession is one connection through it.
type smtpSession struct {
	relay   *troubledRelay
	client  net.Conn
	lines   *bufio.Reader
	behind  net.Conn
	replies *bufio.Reader
	fault   smtpFault
	changed <-chan struct{} // the fault of its beginning is over
	over    <-chan struct{} // the test is
}

func (r *troubledRelay) serve(over <-chan struct{}, client net.Conn) {
	behind, err := net.Dial("tcp", r.behind)
	if err != nil {
		client.Close()
		return
	}
	r.mu.Lock()
	r.dials = append(r.dials, time.Now())
	s := &smtpSession{
		relay: r, client: client, lines: bufio.NewReader(client), behind: behind, replies: bufio.NewReader(behind),
		fault: r.fault, changed: r.changed, over: over,
	}
	r.mu.Unlock()
	ended := make(chan struct{})
	defer close(ended)
	go func() { // a reader that waits for the other side's next word
		select {
		case <-over:
		case <-ended:
		}
		client.Close()
		behind.Close()
	}()
	if s.meets("greeting", "") {
		if !s.fail() {
			return
		}
	} else if !s.say(s.reply()) {
		return
	}
	for s.command() {
	}
}

// command sees one through, and tells whether the session goes on.
func (s *smtpSession) command() bool {
	line, err := s.lines.ReadString('\n')
	if err != nil {
		return false
	}
	name, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
	name = strings.ToLower(name)
	switch {
	case name == "mail" && s.outdated():
		return false
	case s.meets(name, argument):
		return s.fail()
	case name == "ehlo":
		return s.say(s.offers(s.pass(line)))
	case name == "starttls":
		return s.say("220 2.0.0 go ahead\r\n") && s.startTLS()
	case name == "auth":
		return s.say("235 2.7.0 welcome\r\n")
	case name == "data":
		return s.say(s.pass(line)) && s.message()
	}
	return s.say(s.pass(line))
}

// outdated: the fault has changed since the session began.
func (s *smtpSession) outdated() bool {
	select {
	case <-s.changed:
		return true
	default:
		return false
	}
}

// meets tells whether the fault is here.
func (s *smtpSession) meets(point, argument string) bool {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	if s.fault.at != point || s.fault.once && s.relay.known[argument] {
		return false
	}
	s.relay.known[argument] = true
	select {
	case s.relay.met <- struct{}{}:
	default:
	}
	return true
}

func (s *smtpSession) fail() bool {
	if s.fault.reply != "" && !s.say(s.fault.reply+"\r\n") {
		return false
	}
	if s.fault.then == fallSilent {
		select {
		case <-s.changed:
		case <-s.over:
		}
	}
	return s.fault.then == goOn
}

// offers adds what only the front of the relay can do, behind the line of its name.
func (s *smtpSession) offers(reply string) string {
	_, secured := s.client.(*tls.Conn)
	name, rest, _ := strings.Cut(reply, "\n")
	switch {
	case s.relay.certificate == nil, !secured && s.meets("offer", ""):
		return reply
	case secured:
		return name + "\n250-AUTH PLAIN\r\n" + rest
	}
	return name + "\n250-STARTTLS\r\n" + rest
}

func (s *smtpSession) startTLS() bool {
	secured := tls.Server(s.client, s.relay.certificate)
	s.client, s.lines = secured, bufio.NewReader(secured)
	return secured.Handshake() == nil
}

// message passes a mail on up to its dot. What is refused there never reaches the relay
// behind; what is not answered does, since that is the worst case.
func (s *smtpSession) message() bool {
	if s.meets("body", "") {
		return s.fail()
	}
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		if _, err := io.WriteString(s.behind, line); err != nil {
			return false
		}
	}
	if !s.meets("dot", "") {
		return s.say(s.pass(".\r\n"))
	}
	if s.fault.reply == "" {
		s.pass(".\r\n")
		return s.fail()
	}
	s.fail()
	return false // the relay behind still waits for the dot
}

// pass hands a line on and returns the reply to it.
func (s *smtpSession) pass(line string) string {
	if _, err := io.WriteString(s.behind, line); err != nil {
		return ""
	}
	return s.reply()
}

// reply is one of the relay behind, with all its lines.
func (s *smtpSession) reply() string {
	var text strings.Builder
	for {
		line, err := s.replies.ReadString('\n')
		if err != nil {
			return ""
		}
		text.WriteString(line)
		if len(line) > 3 && line[3] == ' ' {
			return text.String()
		}
	}
}

// say writes to the client; nothing to say is the end.
func (s *smtpSession) say(text string) bool {
	if text == "" {
		return false
	}
	if s.fault.at != "everywhere" {
		_, err := io.WriteString(s.client, text)
		return err == nil
	}
	s.meets("everywhere", "")
	for i := range text {
		if _, err := io.WriteString(s.client, text[i:i+1]); err != nil {
			return false
		}
		select {
		case <-time.After(time.Second):
		case <-s.changed:
			return false
		case <-s.over:
			return false
		}
	}
	return true
}

// url is how a configuration names it.
func (r *troubledRelay) settings(s settings) settings {
	s.smtp = r.address
	if r.certificate != nil {
		s.smtp = "user:secret-of-the-relay@" + r.address
		s.smtpOptions = fmt.Sprintf("tls: starttls, ca_file: %q", r.file)
	}
	return s
}
