package e2e

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// sink is an SMTP server for drills: it takes every mail, tells of it before it says
// 250, and keeps nothing. (A relay keeps the whole of the last thousand.)
type sink struct {
	address string
	taken   func(delivery)
}

// delivery is one mail that was accepted.
type delivery struct {
	helo, to, messageID, token string
	at                         time.Time
}

// mailID is the queued mail's id, which is its link's, too.
func (d delivery) mailID() string {
	id, _, _ := strings.Cut(strings.TrimPrefix(d.messageID, "<"), "@")
	return id
}

func startSink(t *testing.T, taken func(delivery)) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveSink(t, listener, taken)
}

func serveSink(t *testing.T, listener net.Listener, taken func(delivery)) *sink {
	t.Helper()
	s := &sink{address: listener.Addr().String(), taken: taken}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s, conn: c}, nil }))
	server.ErrorLog = log.New(io.Discard, "", 0) // a client that is killed says no goodbye
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		server.Close()
		serving.Wait()
	})
	return s
}

// sinkSession is one connection.
type sinkSession struct {
	sink *sink
	conn *smtp.Conn
	to   string
}

func (s *sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *sinkSession) Reset()                               { s.to = "" }
func (s *sinkSession) Logout() error                        { return nil }

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

// tokenInLink finds it in the source as it comes: a link is never folded.
var tokenInLink = regexp.MustCompile(`/l/([A-Za-z0-9_-]{44})`)

func (s *sinkSession) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	message, err := mail.ReadMessage(bytes.NewReader(source))
	if err != nil {
		return err
	}
	d := delivery{helo: s.conn.Hostname(), to: s.to, messageID: message.Header.Get("Message-ID"), at: time.Now()}
	if found := tokenInLink.FindSubmatch(source); found != nil {
		d.token = string(found[1])
	}
	s.sink.taken(d)
	return nil
}
