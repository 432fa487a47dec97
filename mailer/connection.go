package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// dialTimeout covers everything up to the login. Some servers let a client wait
	// some seconds for their greeting, to see whether it is a spammer's.
	dialTimeout = 12 * time.Second
	// transferTimeout covers one mail on an open connection. RFC 5321 §4.5.3.2 would
	// give a server minutes, but then a killed process's claims would lie as long.
	transferTimeout = 20 * time.Second
	quitTimeout     = time.Second
)

// connection is a sender's kept connection to the relay. A go-mail client is not for
// concurrent use, and neither is this.
type connection struct {
	relay   Relay
	helo    string
	perDial int // mails after which it is made anew
	client  *gomail.Client
	session *smtp.Client // nil while there is none
	raw     *bounded     // below any TLS
	carried int          // mails tried in this session
}

func (c Config) connectionTo(relay Relay) *connection {
	return &connection{relay: relay, helo: c.heloName(), perDial: c.messagesPerConnection()}
}

// send hands the message to the relay and says what came of it.
func (c *connection) send(ctx context.Context, m *gomail.Msg) outcome {
	if c.session != nil {
		if o := c.transfer(ctx, m); o.verdict != redial {
			return o
		}
	}
	if err := c.dial(ctx); err != nil {
		return classifyDial(err)
	}
	return c.transfer(ctx, m)
}

func (c *connection) transfer(ctx context.Context, m *gomail.Msg) outcome {
	c.raw.refill()
	stop := context.AfterFunc(ctx, c.hangUpFunc())
	err := c.client.SendWithSMTPClient(c.session, m)
	stop()
	o := classify(err, m.IsDelivered(), c.carried > 0)
	c.carried++
	switch {
	case !usable(err, o):
		c.drop()
	case c.carried >= c.perDial:
		c.quit()
	}
	return o
}

// usable tells whether the session can carry another mail. After a refusal of MAIL
// or RCPT go-mail has sent RSET, and one of the message ends the transaction; what a
// server does after refusing DATA itself is anybody's guess.
func usable(err error, o outcome) bool {
	if err == nil {
		return true
	}
	var failed *gomail.SendError
	return errors.As(err, &failed) && o.code != 0 && o.code != 421 && failed.Reason != gomail.ErrSMTPData
}

// dial opens a session: greeting, EHLO, STARTTLS, login.
func (c *connection) dial(ctx context.Context) error {
	c.drop()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := c.open(ctx)
	if err != nil {
		c.drop()
		return err
	}
	// go-mail looks at the context no more once the connection is open.
	stop := context.AfterFunc(ctx, c.hangUpFunc())
	defer stop()
	client, err := gomail.NewClient(c.relay.Host, c.options(conn)...)
	if err != nil {
		c.drop()
		return err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err == nil {
		err = failedAt(StageLogin, c.relay.login(session))
	}
	if err != nil {
		if c.raw.silent() {
			err = errors.Join(errSilent, err)
		}
		c.drop() // go-mail leaves the connection open when the handshake fails
		return err
	}
	c.client, c.session, c.carried = client, session, 0
	return nil
}

// open connects to the relay's port.
func (c *connection) open(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.relay.Address())
	if err != nil {
		return nil, err
	}
	c.raw = &bounded{Conn: conn}
	c.raw.refill()
	if c.relay.TLS != TLSImplicit {
		return c.raw, nil
	}
	secured := tls.Client(c.raw, c.tlsConfig())
	return secured, failedAt(StageTLS, secured.HandshakeContext(ctx))
}

func (c *connection) options(conn net.Conn) []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(c.relay.Port),
		gomail.WithHELO(c.helo),
		gomail.WithTimeout(transferTimeout),
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
		gomail.WithTLSConfig(c.tlsConfig()),
		// A dead connection shows at MAIL FROM as well, and RSET after a mail that
		// was taken resets nothing: each would cost a round trip a mail.
		gomail.WithoutNoop(),
		gomail.WithoutRset(),
		// Our addresses are ASCII. A mail marked SMTPUTF8 all the same bounces at
		// the first server on its way that does not know the extension.
		gomail.WithoutSMTPUTF8(),
	}
	switch c.relay.TLS {
	case TLSImplicit:
		options = append(options, gomail.WithSSL())
	case TLSStartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLSNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	return options
}

func (c *connection) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: c.relay.Host, MinVersion: tls.VersionTLS12, RootCAs: c.relay.Roots}
}

// hangUpFunc ends whatever waits for the connection there is now. A deadline would
// not do: go-mail sets its own over it.
func (c *connection) hangUpFunc() func() {
	raw := c.raw
	return func() { raw.Close() }
}

// quit takes leave of the relay, if there is a session.
func (c *connection) quit() {
	if c.session != nil && c.session.UpdateDeadline(quitTimeout) == nil {
		c.session.Quit() // the connection goes either way
	}
	c.drop()
}

func (c *connection) drop() {
	if c.raw != nil {
		c.raw.Close()
	}
	c.raw, c.session, c.client = nil, nil, nil
}
