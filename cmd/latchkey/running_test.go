package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"latchkey/magiclink"
)

const (
	sessionLife = time.Hour
	runPatience = time.Minute
)

// running is everything that serve runs, in this process, with the development project.
type running struct {
	url   string
	app   *app
	relay *busyRelay
	limit int // of starts at once to a mailbox
}

// runAt runs it by the given clock until the test ends.
func runAt(t *testing.T, database string, clock *jumpingClock) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &running{url: "http://" + listener.Addr().String(), relay: startBusyRelay(t), limit: 5}
	cfg, err := devOptions{data: t.TempDir()}.config(&devServer{api: listener, smtpAddr: s.relay.address})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store.URL = database
	cfg.Limits.Mailbox = magiclink.MailboxLimit{Burst: s.limit, PerHour: 10, PerDay: 30}
	a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler), clock.now)
	if err != nil {
		t.Fatal(err)
	}
	s.app = a
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx, listener, a) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

// reply is what the API answers, as far as these tests look.
type reply struct {
	SessionToken string `json:"session_token"`
	SessionJWT   string `json:"session_jwt"`
	ErrorType    string `json:"error_type"`
	status       int
	retryAfter   string
}

// post wants an answer with that status.
func (s *running) post(t *testing.T, path, body string, want int) reply {
	t.Helper()
	r := s.send(t, path, body)
	if r.status != want {
		t.Errorf("%s: got %d %s, want %d", path, r.status, r.ErrorType, want)
	}
	return r
}

func (s *running) send(t *testing.T, path, body string) (r reply) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(devProject, devSecret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	r.status, r.retryAfter = response.StatusCode, response.Header.Get("Retry-After")
	return r
}

// link is one that was asked for.
type link struct {
	address, verifier string
	reply
}

// start wants an answer with that status.
func (s *running) start(t *testing.T, address string, want int) link {
	t.Helper()
	l := s.ask(t, address)
	if l.status != want {
		t.Errorf("start for %s: got %d %s, want %d", address, l.status, l.ErrorType, want)
	}
	return l
}

func (s *running) ask(t *testing.T, address string) link {
	t.Helper()
	verifier := magiclink.NewVerifier()
	body := fmt.Sprintf(`{"email":%q,"code_challenge":%q}`, address, magiclink.ChallengeOf(verifier))
	return link{address, verifier, s.send(t, "/v1/magic_links/email/login_or_create", body)}
}

// redeem waits for the link's mail, unless it was there already.
func (s *running) redeem(t *testing.T, l link, want int) reply {
	t.Helper()
	body := fmt.Sprintf(`{"token":%q,"code_verifier":%q,"session_duration_minutes":%d}`,
		s.relay.token(t, l.address), l.verifier, int(sessionLife.Minutes()))
	return s.post(t, "/v1/magic_links/authenticate", body, want)
}

// entered is a login.
type entered struct {
	link link
	reply
}

func (s *running) logIn(t *testing.T, address string) entered {
	t.Helper()
	l := s.start(t, address, http.StatusOK)
	return entered{l, s.redeem(t, l, http.StatusOK)}
}

// busyRelay takes every mail, except while it is busy: then it puts them off.
type busyRelay struct {
	address string
	busy    atomic.Bool

	mu      sync.Mutex
	changed chan struct{}
	putOff  map[string]bool
	tokens  map[string]string // of the newest mail to each address
}

func startBusyRelay(t *testing.T) *busyRelay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &busyRelay{
		address: listener.Addr().String(), changed: make(chan struct{}),
		putOff: make(map[string]bool), tokens: make(map[string]string),
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &busySession{relay: r}, nil }))
	server.ErrorLog = log.New(io.Discard, "", 0)
	go server.Serve(listener) // until it is closed
	t.Cleanup(func() { server.Close() })
	return r
}

// busySession is one connection to it.
type busySession struct {
	relay *busyRelay
	to    string
}

func (s *busySession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *busySession) Reset()                               {}
func (s *busySession) Logout() error                        { return nil }

func (s *busySession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if !s.relay.busy.Load() {
		return nil
	}
	s.relay.note(func() { s.relay.putOff[to] = true })
	return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "later"}
}

var linkToken = regexp.MustCompile(`/l/([A-Za-z0-9_-]{44})`)

func (s *busySession) Data(source io.Reader) error {
	text, err := io.ReadAll(source)
	if err != nil {
		return err
	}
	if found := linkToken.FindSubmatch(bytes.ReplaceAll(text, []byte("=\r\n"), nil)); found != nil {
		s.relay.note(func() { s.relay.tokens[s.to] = string(found[1]) })
	}
	return nil
}

func (r *busyRelay) note(what func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what()
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *busyRelay) awaitPutOff(t *testing.T, address string) {
	t.Helper()
	r.await(t, "put off a mail to "+address, func() bool { return r.putOff[address] })
}

// token is that of the address's mail, as soon as there is one.
func (r *busyRelay) token(t *testing.T, address string) (token string) {
	t.Helper()
	r.await(t, "got a mail to "+address, func() bool { token = r.tokens[address]; return token != "" })
	return token
}

func (r *busyRelay) await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	late := time.After(runPatience)
	for {
		r.mu.Lock()
		done, changed := happened(), r.changed
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("within %s the relay has not %s", runPatience, what)
		}
	}
}
