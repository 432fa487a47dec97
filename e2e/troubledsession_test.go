package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"time"
)

// smtpSession is one connection through a troubled relay.
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

func (r *troubledRelay) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	behind, err := net.Dial("tcp", r.behind)
	if err != nil {
		return
	}
	defer behind.Close()
	defer context.AfterFunc(ctx, func() { client.Close(); behind.Close() })() // for who waits for the other's next word
	s := r.begin(ctx, client, behind)
	for goesOn := s.greet(); goesOn; {
		goesOn = s.command()
	}
}

func (r *troubledRelay) begin(ctx context.Context, client, behind net.Conn) *smtpSession {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dials = append(r.dials, time.Now())
	return &smtpSession{
		relay: r, client: client, lines: bufio.NewReader(client), behind: behind, replies: bufio.NewReader(behind),
		fault: r.fault, changed: r.changed, over: ctx.Done(),
	}
}

func (s *smtpSession) greet() bool {
	if s.meets("greeting", "") {
		return s.fail()
	}
	return s.say(s.reply())
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
