package catcher

import (
	"io"
	"log/slog"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// newSMTPServer turns on every extension that asks nothing of a server which
// delivers nothing: a catcher should take what any client sends.
func (c *Catcher) newSMTPServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		return &session{catcher: c, conn: conn}, nil
	}))
	s.Domain = "localhost"
	s.MaxMessageBytes = c.config.MaxMessageBytes
	// RFC 5321 allows 1000 bytes a line, yet sloppy senders put a whole page on
	// one: the place to find that out is the source tab, not a dropped connection.
	s.MaxLineLength = 1 << 20
	// RFC 5321 §4.5.3.2.7: a server should wait five minutes for a command.
	s.ReadTimeout = 5 * time.Minute
	s.WriteTimeout = time.Minute
	s.AllowInsecureAuth = true
	s.EnableSMTPUTF8 = true
	s.EnableBINARYMIME = true
	s.EnableDSN = true
	s.ErrorLog = slog.NewLogLogger(c.config.Logger.Handler(), slog.LevelDebug)
	return s
}

// session is one SMTP connection's envelope in the making.
type session struct {
	catcher *Catcher
	conn    *smtp.Conn
	from    string
	to      []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := newMessage(envelope{helo: s.conn.Hostname(), from: s.from, to: s.to}, source)
	if err := s.catcher.mailbox.keep(m); err != nil {
		return err
	}
	s.catcher.config.Logger.Info("mail caught", "id", m.ID, "bytes", len(source))
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	return []string{sasl.Plain, sasl.Login, "CRAM-MD5", "XOAUTH2", sasl.OAuthBearer}
}

// Auth lets everybody in, so that a configuration with credentials can be
// tried without changing it.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case sasl.Login:
		return &acceptAny{challenges: []string{"Username:", "Password:"}}, nil
	case "CRAM-MD5":
		return &acceptAny{challenges: []string{"<1.1@localhost>"}}, nil
	default:
		return &acceptAny{challenges: []string{""}}, nil
	}
}

// acceptAny asks its challenges, less those answered in advance, and is
// content with whatever comes back.
type acceptAny struct {
	challenges []string
	answered   int
}

func (a *acceptAny) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		a.answered++
	}
	if a.answered >= len(a.challenges) {
		return nil, true, nil
	}
	return []byte(a.challenges[a.answered]), false, nil
}
