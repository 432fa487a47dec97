package mailer

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// step is what the scripted relay does at one point of a session.
type step struct {
	reply string // sent, if not empty
	close bool   // then the connection is closed
	hang  bool   // then nothing more is said
}

func say(reply string) step { return step{reply: reply} }

func hangUp() step { return step{close: true} }

// testRelay is an SMTP server that takes every mail, except where its script says
// otherwise. It is made of lines and knows no state machine: what is under test is
// what our side does with its answers.
type testRelay struct {
	t        *testing.T
	listener net.Listener
	tls      *tls.Config // of implicit TLS and STARTTLS
	implicit bool
	mails    chan testMail // what was taken
	gone     chan struct{} // a connection ended
	hanging  chan struct{} // it says nothing more on one

	mu          sync.Mutex
	script      map[string]step // by the command in lower case; also "greeting" and "message"
	extensions  []string
	decide      func(command, argument string) (step, bool) // before the script
	connections int
	open        map[net.Conn]bool
	said        []string // commands, as they came
}

type testMail struct{ from, to, source string }

func (m testMail) header(name string) string {
	for line := range strings.SplitSeq(m.source, "\r\n") {
		if value, found := strings.CutPrefix(line, name+": "); found {
			return value
		}
	}
	return ""
}

func startRelay(t *testing.T) *testRelay {
	t.Helper()
	r := newTestRelay(t)
	r.listen("127.0.0.1:0")
	return r
}

func newTestRelay(t *testing.T) *testRelay {
	r := &testRelay{
		t: t, mails: make(chan testMail, 20000), gone: make(chan struct{}, 20000),
		hanging: make(chan struct{}, 20000), script: map[string]step{},
		extensions: []string{"8BITMIME", "ENHANCEDSTATUSCODES"}, open: map[net.Conn]bool{},
	}
	t.Cleanup(r.stop)
	return r
}

func (r *testRelay) listen(address string) {
	r.t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.listener = listener
	r.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
}

// serveOne serves the next connection that comes, and ends it with a reset. One that is
// closed keeps its port for a minute (TIME_WAIT), and a fuzz run has hundreds a second.
func (r *testRelay) serveOne(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	conn.(*net.TCPConn).SetLinger(0)
	r.serve(conn)
}

// stop closes the port and every connection.
func (r *testRelay) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != nil {
		r.listener.Close()
	}
	r.closeAll()
}

// closeIdle is what a relay does to connections that lie idle too long.
func (r *testRelay) closeIdle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeAll()
}

func (r *testRelay) closeAll() {
	for conn := range r.open {
		conn.Close()
	}
	clear(r.open)
}

func (r *testRelay) address() string { return r.listener.Addr().String() }

func (r *testRelay) url() string { return "smtp://" + r.address() }

func (r *testRelay) set(command string, s step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script[command] = s
}

func (r *testRelay) unset(command string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.script, command)
}

// decideBy lets decide answer first, where it says true. It is called under the
// relay's lock.
func (r *testRelay) decideBy(decide func(command, argument string) (step, bool)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decide = decide
}

// change alters what the relay is while it runs.
func (r *testRelay) change(alter func(*testRelay)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	alter(r)
}

func (r *testRelay) connected() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.connections
}

func (r *testRelay) commands() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.said...)
}

func (r *testRelay) serve(conn net.Conn) {
	r.mu.Lock()
	r.connections++
	r.open[conn] = true
	r.mu.Unlock()
	defer func(conn net.Conn) {
		conn.Close()
		r.gone <- struct{}{}
	}(conn)
	if r.implicit {
		r.mu.Lock()
		conn = tls.Server(conn, r.tls)
		r.mu.Unlock()
	}
	s := &testSession{relay: r, conn: conn, lines: bufio.NewReader(conn)}
	if !s.do("greeting", "", "220 relay.example ESMTP") {
		return
	}
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil || !s.command(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

type testSession struct {
	relay *testRelay
	conn  net.Conn
	lines *bufio.Reader
	mail  testMail
}

func (s *testSession) command(line string) bool {
	s.relay.mu.Lock()
	s.relay.said = append(s.relay.said, line)
	s.relay.mu.Unlock()
	name, argument, _ := strings.Cut(line, " ")
	switch name = strings.ToLower(name); name {
	case "ehlo":
		return s.do(name, argument, s.greet())
	case "mail":
		s.mail = testMail{from: between(argument)}
		return s.do(name, argument, "250 2.1.0 ok")
	case "rcpt":
		s.mail.to = between(argument)
		return s.do(name, argument, "250 2.1.5 ok")
	case "data":
		return s.do(name, argument, "354 go on") && s.message()
	case "starttls":
		return s.do(name, argument, "220 2.0.0 ready") && s.secure()
	case "auth":
		return s.do(name, argument, "235 2.7.0 welcome")
	case "quit":
		s.do(name, argument, "221 2.0.0 bye")
		return false
	}
	return s.do(name, argument, "250 2.0.0 ok")
}

func (s *testSession) greet() string {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	lines := []string{"250-relay.example"}
	for _, extension := range s.relay.extensions {
		lines = append(lines, "250-"+extension)
	}
	last := len(lines) - 1
	lines[last] = "250 " + lines[last][4:]
	return strings.Join(lines, "\r\n")
}

func (s *testSession) secure() bool {
	s.relay.mu.Lock()
	secured := tls.Server(s.conn, s.relay.tls)
	s.relay.mu.Unlock()
	s.conn, s.lines = secured, bufio.NewReader(secured)
	return secured.Handshake() == nil
}

func (s *testSession) message() bool {
	// The reply to DATA itself may have been a refusal.
	if refusal, ok := s.relay.scripted("data", ""); ok && !strings.HasPrefix(refusal.reply, "3") {
		return true
	}
	if during, ok := s.relay.scripted("body", ""); ok && during.close {
		return false
	}
	var source strings.Builder
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		source.WriteString(strings.TrimPrefix(line, "."))
	}
	s.mail.source = source.String()
	if s.relay.takes(s.mail) {
		s.relay.mails <- s.mail
	}
	return s.do("message", "", "250 2.0.0 queued")
}

// takes: a message without a script, or with one that says 250, is taken.
func (r *testRelay) takes(m testMail) bool {
	scripted, ok := r.scripted("message", m.to)
	return !ok || strings.HasPrefix(scripted.reply, "250")
}

func (r *testRelay) scripted(command, argument string) (step, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decide != nil {
		if s, ok := r.decide(command, argument); ok {
			return s, true
		}
	}
	s, ok := r.script[command]
	return s, ok
}

// do answers as the script says, or as usual, and tells whether to go on.
func (s *testSession) do(command, argument, usual string) bool {
	scripted, ok := s.relay.scripted(command, argument)
	if !ok {
		scripted = say(usual)
	}
	if scripted.reply != "" {
		if _, err := io.WriteString(s.conn, scripted.reply+"\r\n"); err != nil {
			return false
		}
	}
	if scripted.hang {
		s.relay.hanging <- struct{}{}
		io.Copy(io.Discard, s.lines) // until the other side gives up
		return false
	}
	return !scripted.close
}

func between(argument string) string {
	_, after, _ := strings.Cut(argument, "<")
	inside, _, _ := strings.Cut(after, ">")
	return inside
}

// selfSigned is a certificate for name, and a pool that trusts it.
func selfSigned(t *testing.T, name string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	return selfSignedUntil(t, name, time.Now().Add(time.Hour))
}

func selfSignedUntil(t *testing.T, name string, end time.Time) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: end.Add(-2 * time.Hour), NotAfter: end,
		DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}
