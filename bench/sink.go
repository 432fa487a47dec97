package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/textproto"
	"sync"
	"sync/atomic"
	"time"
)

// sink is an SMTP server that takes every mail and forgets it. It is made by hand: what
// it costs the service lacks.
type sink struct {
	address     string
	mails       atomic.Int64 // taken
	connections atomic.Int64 // accepted
	// delay is what it lets pass before it says that it has taken a mail, in
	// nanoseconds: a relay that takes its time.
	delay atomic.Int64
	// gate is locked while it takes none: a relay that hangs.
	gate sync.RWMutex
	// read is told whom each mail is for and the token of its link, before it is taken.
	// nil: nobody reads.
	read func(recipient, token []byte)

	gone     atomic.Bool
	listener net.Listener
	mutex    sync.Mutex
	open     map[net.Conn]bool
}

// startSink listens on loopback. read may be nil.
func startSink(read func(recipient, token []byte)) (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{address: listener.Addr().String(), read: read, listener: listener, open: map[net.Conn]bool{}}
	go s.accept()
	return s, nil
}

func (s *sink) accept() {
	for {
		from, err := s.listener.Accept()
		if err != nil {
			return // it is closed
		}
		if s.gone.Load() {
			from.Close()
			continue
		}
		s.connections.Add(1)
		s.keep(from, true)
		go s.serve(from)
	}
}

func (s *sink) keep(from net.Conn, open bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if open {
		s.open[from] = true
	} else {
		delete(s.open, from)
	}
}

func (s *sink) close() error { return errors.Join(s.listener.Close(), s.hangUp()) }

// leave hangs up on everybody, and from then on whoever connects, until back. The port
// stays its own.
func (s *sink) leave() error {
	s.gone.Store(true)
	return s.hangUp()
}

func (s *sink) back() { s.gone.Store(false) }

func (s *sink) hangUp() (err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for from := range s.open {
		err = errors.Join(err, from.Close())
	}
	return err
}

// wait is until so many mails were taken since the beginning.
func (s *sink) wait(ctx context.Context, mails int64) error {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for s.mails.Load() < mails {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	return nil
}

// transaction is one connection.
type transaction struct {
	sink      *sink
	in        *bufio.Reader
	out       *bufio.Writer
	recipient []byte
	mail      []byte
}

func (s *sink) serve(from net.Conn) {
	defer from.Close()
	defer s.keep(from, false)
	t := &transaction{sink: s, in: bufio.NewReaderSize(from, 32<<10), out: bufio.NewWriter(from)}
	t.say("220 sink")
	for {
		line, err := t.in.ReadSlice('\n')
		if err != nil || !t.obey(line) {
			return
		}
	}
}

func (t *transaction) say(lines ...string) {
	for _, line := range lines {
		t.out.WriteString(line + "\r\n")
	}
	t.out.Flush() // an error ends the next read as well
}

// obey is false when the connection is over.
func (t *transaction) obey(line []byte) bool {
	verb := ""
	if len(line) >= 4 {
		verb = string(bytes.ToUpper(line[:4]))
	}
	switch verb {
	case "EHLO":
		t.say("250-sink", "250-8BITMIME", "250 SMTPUTF8")
	case "RCPT":
		t.recipient = append(t.recipient[:0], between(line, '<', '>')...)
		t.say("250 ok")
	case "DATA":
		t.say("354 go on")
		return t.take()
	case "QUIT":
		t.say("221 bye")
		return false
	default: // HELO, MAIL, RSET, NOOP
		t.say("250 ok")
	}
	return true
}

// take reads up to the dot on a line of its own (RFC 5321 §4.5.2).
func (t *transaction) take() bool {
	t.mail = t.mail[:0]
	for {
		line, err := t.in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		if t.sink.read != nil {
			t.mail = append(t.mail, line...)
		}
	}
	t.sink.gate.RLock()
	defer t.sink.gate.RUnlock()
	if t.sink.read != nil {
		t.sink.read(t.recipient, tokenIn(t.mail))
	}
	time.Sleep(time.Duration(t.sink.delay.Load()))
	t.sink.mails.Add(1)
	t.say("250 taken")
	return true
}

// tokenIn is that of the first link. It stands alone on a line that is too short to be
// broken, and has no character that quoted-printable would write differently.
func tokenIn(mail []byte) []byte {
	_, rest, _ := bytes.Cut(mail, []byte("/l/"))
	token, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return token
}

// between is what lies between two bytes; nil where they are missing.
func between(line []byte, left, right byte) []byte {
	from := bytes.IndexByte(line, left) + 1
	to := bytes.IndexByte(line, right)
	if to < from {
		return nil
	}
	return textproto.TrimBytes(line[from:to])
}
