package main

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// sink is an SMTP server that takes every mail and forgets it.
type sink struct {
	server  *smtp.Server
	address string
	taken   atomic.Int64
}

func startSink() (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{address: listener.Addr().String()}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &envelope{s}, nil }))
	go func() { _ = s.server.Serve(listener) }() // until it is closed
	return s, nil
}

func (s *sink) close() error { return s.server.Close() }

// wait is until so many mails were taken since the beginning.
func (s *sink) wait(ctx context.Context, mails int64) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for s.taken.Load() < mails {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	return nil
}

// envelope is one connection's mail.
type envelope struct{ sink *sink }

func (e *envelope) Mail(string, *smtp.MailOptions) error { return nil }
func (e *envelope) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (e *envelope) Reset()                               {}
func (e *envelope) Logout() error                        { return nil }

func (e *envelope) Data(mail io.Reader) error {
	_, err := io.Copy(io.Discard, mail)
	e.sink.taken.Add(1)
	return err
}
