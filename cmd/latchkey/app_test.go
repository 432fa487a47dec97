package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestWhatOneClientMayTakeUp: without these a client that sends or reads a byte a minute
// holds a connection for ever, and a thousand of them the server.
func TestWhatOneClientMayTakeUp(t *testing.T) {
	server := newServer(http.NotFoundHandler())
	for name, limit := range map[string]struct{ got, most time.Duration }{
		"ReadHeaderTimeout": {server.ReadHeaderTimeout, 5 * time.Second},
		"ReadTimeout":       {server.ReadTimeout, 15 * time.Second},
		"WriteTimeout":      {server.WriteTimeout, 30 * time.Second},
		"IdleTimeout":       {server.IdleTimeout, 2 * time.Minute},
	} {
		if limit.got <= 0 || limit.got > limit.most {
			t.Errorf("%s: got %s, want up to %s", name, limit.got, limit.most)
		}
	}
}

func TestHeadersAreOfSixteenKiloByteAtMost(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.Config = newServer(http.NotFoundHandler())
	server.Start()
	defer server.Close()
	for size, want := range map[int]int{
		15 << 10: http.StatusNotFound,
		21 << 10: http.StatusRequestHeaderFieldsTooLarge, // net/http adds 4 KiB of its own
	} {
		request, err := http.NewRequest(http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Large", strings.Repeat("a", size))
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%d bytes: got %d, want %d", size, response.StatusCode, want)
		}
	}
}

func TestTheLogSaysThatItStopsAndThatItHas(t *testing.T) {
	a, log := serving(t, exampleWith(t, "", ""))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := a.run(ctx, listener, a); err != nil {
		t.Fatal(err)
	}
	_, after, stopping := strings.Cut(log.String(), `"msg":"stopping"`)
	if !stopping || !strings.Contains(after, `"msg":"stopped"`) {
		t.Errorf("got log\n%s\nwant stopping, then stopped", log)
	}
}
