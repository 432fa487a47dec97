package catcher

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

// running is a catcher with both its servers on loopback ports of their own.
type running struct {
	*Catcher
	smtp string // where its SMTP server listens
	url  string
}

func start(t *testing.T, config Config) running {
	t.Helper()
	config.Logger = slog.New(slog.DiscardHandler)
	c := New(config)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- c.ServeSMTP(l) }()
	web := httptest.NewServer(c.Handler())
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("ServeSMTP after Close: got %v, want nil", err)
		}
		web.Close()
	})
	return running{Catcher: c, smtp: l.Addr().String(), url: web.URL}
}

// send delivers source over SMTP, with \n for line breaks.
func (c running) send(t *testing.T, to, source string) *Message {
	t.Helper()
	source = strings.ReplaceAll(source, "\n", "\r\n")
	if err := smtp.SendMail(c.smtp, nil, "from@example.com", []string{to}, []byte(source)); err != nil {
		t.Fatalf("send to %s: %v", to, err)
	}
	return c.Messages()[0]
}

// call makes a request and returns status and body.
func (c running) call(t *testing.T, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// get expects 200 and JSON.
func (c running) get(t *testing.T, path string, into any) {
	t.Helper()
	resp, body := c.call(t, "GET", path)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: got %d %s, want 200", path, resp.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

const loginMail = `From: Acme <login@acme.example>
To: Ada <ada@example.com>
Subject: Log in
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b1

--b1
Content-Type: text/plain; charset=utf-8

Open this link:

http://127.0.0.1:8080/l/AZqz3kYpfQm0R1t7c2bX9vWq5uLdH8eJ6oKsN4gTiAaM

Or type this code: 4821 0937
--b1
Content-Type: text/html; charset=utf-8

<p><a target="_self" href="http://127.0.0.1:8080/l/AZqz3kYpfQm0R1t7c2bX9vWq5uLdH8eJ6oKsN4gTiAaM">Log in</a></p>
<script>alert(1)</script>
--b1--
`

const loginToken = "AZqz3kYpfQm0R1t7c2bX9vWq5uLdH8eJ6oKsN4gTiAaM"

func TestCloseEndsWhoWaits(t *testing.T) {
	c := start(t, Config{})
	waited := make(chan error, 1)
	go func() {
		_, err := c.Wait(context.Background(), Wanted{Address: "ada@example.com"})
		waited <- err
	}()
	c.Close()
	if err := <-waited; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestServeAfterClose(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := New(Config{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.ServeSMTP(l); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is still open: %v", err)
	}
}

func TestAddressShownIsReachable(t *testing.T) {
	everywhere := &net.TCPAddr{IP: net.IPv6unspecified, Port: 1025}
	if got, want := reachable(everywhere), "127.0.0.1:1025"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDetect(t *testing.T) {
	c := start(t, Config{})
	if banner, ok := Detect(t.Context(), c.smtp); !ok || !strings.Contains(banner, "ESMTP") {
		t.Errorf("catcher: got %q %v, want its banner", banner, ok)
	}
	// An HTTP server waits for the client to speak first, as we do.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if banner, ok := Detect(ctx, strings.TrimPrefix(c.url, "http://")); ok {
		t.Errorf("HTTP server: got %q, want nothing", banner)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, _ = io.WriteString(conn, "+OK POP3 server ready\r\n")
			conn.Close()
		}
	}()
	if banner, ok := Detect(t.Context(), l.Addr().String()); ok {
		t.Errorf("another protocol: got %q, want nothing", banner)
	}
	l.Close()
	if banner, ok := Detect(t.Context(), l.Addr().String()); ok {
		t.Errorf("nobody: got %q, want nothing", banner)
	}
}

// fixedClock is a Config.Now that a test moves.
type fixedClock struct{ at time.Time }

func (f *fixedClock) now() time.Time { return f.at }
