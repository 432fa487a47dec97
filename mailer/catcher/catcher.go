package catcher

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Config says how much is kept and who may look. The zero value is good for
// one machine.
type Config struct {
	Now    func() time.Time // time.Now if nil
	Logger *slog.Logger     // slog.Default() if nil; no address, link or code is logged

	MaxMessages     int   // the newest are kept; 1000 if zero
	MaxBytes        int64 // of all sources together; 128 MiB if zero
	MaxMessageBytes int64 // larger ones are refused with 552; 25 MiB if zero

	// Hosts are names the inbox may be asked under, beside localhost and
	// loopback addresses.
	Hosts []string
	// AllowRemote accepts any Host header: for a container, or a listener that
	// is not on loopback. It gives up the guard against DNS rebinding.
	AllowRemote bool
}

// Catcher keeps what its SMTP server is sent, and shows it over HTTP.
type Catcher struct {
	config  Config
	mailbox *mailbox
	smtp    *smtp.Server
	closed  chan struct{}
	close   sync.Once

	mu        sync.Mutex
	listeners []net.Listener
}

// New returns a Catcher that listens nowhere yet.
func New(config Config) *Catcher {
	config = config.withDefaults()
	c := &Catcher{
		config:  config,
		mailbox: newMailbox(config),
		closed:  make(chan struct{}),
	}
	c.smtp = c.newSMTPServer()
	return c
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxMessages == 0 {
		c.MaxMessages = 1000
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 128 << 20
	}
	if c.MaxMessageBytes == 0 {
		c.MaxMessageBytes = 25 << 20
	}
	return c
}

// ServeSMTP catches mail on l until Close, and then returns nil.
func (c *Catcher) ServeSMTP(l net.Listener) error {
	if !c.adopt(l) {
		return l.Close()
	}
	return c.smtp.Serve(l)
}

// adopt remembers l for Close, and says whether there is still time to serve
// it. The SMTP server's own Close knows only listeners that Serve has reached.
func (c *Catcher) adopt(l net.Listener) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.closed:
		return false
	default:
		c.listeners = append(c.listeners, l)
		return true
	}
}

// smtpAddr is where mail can be sent, "" if that is nowhere yet.
func (c *Catcher) smtpAddr() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.listeners) == 0 {
		return ""
	}
	return reachable(c.listeners[0].Addr())
}

// reachable is addr as somebody on this machine would type it: a listener on
// every interface is reached over loopback.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}).String()
}

// Handler serves the inbox, the test endpoint and MailHog's API.
func (c *Catcher) Handler() http.Handler {
	mux := http.NewServeMux()
	c.routeInbox(mux)
	c.routeMailHog(mux)
	return c.guard(mux)
}

// Close stops the SMTP server with its connections, and ends event streams and
// waiting requests. Call it before http.Server.Shutdown, which waits for those.
// What was caught can still be read.
func (c *Catcher) Close() error {
	var err error
	c.close.Do(func() {
		close(c.closed)
		err = c.smtp.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, l := range c.listeners {
			_ = l.Close() // most are closed by now
		}
	})
	return err
}

// Messages returns what is kept, newest first.
func (c *Catcher) Messages() []*Message { return c.mailbox.list() }

// Wanted says which mail Wait is to answer. Empty fields want nothing special.
type Wanted struct {
	Address string    // an envelope recipient, ASCII letters in any case
	After   string    // id of a mail; only later ones count, even if it is deleted
	Since   time.Time // only mails received at or after this moment
}

// Wait returns the newest mail that is wanted, as soon as there is one. It
// gives up with ctx's error, or with net.ErrClosed when the catcher closes.
func (c *Catcher) Wait(ctx context.Context, wanted Wanted) (*Message, error) {
	for {
		message, changed := c.mailbox.newest(wanted)
		if message != nil {
			return message, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.closed:
			return nil, net.ErrClosed
		}
	}
}
