package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"syscall"

	"latchkey/internal/config"
)

// listen takes server.listen as serve does, and gives it back at once.
func listen(cfg *config.Config) section {
	return func(ctx context.Context, s sheet) {
		var taker net.ListenConfig
		listener, err := taker.Listen(ctx, "tcp", cfg.Listen)
		switch {
		case err == nil:
			listener.Close()
			s.ok("", cfg.Listen+" is free for latchkey serve")
		case errors.Is(err, syscall.EADDRINUSE):
			occupied(ctx, s, cfg)
		case errors.Is(err, syscall.EACCES):
			s.fault("", "this user may not listen on "+cfg.Listen,
				"set server.listen to a port from 1024 up, and let the proxy in front have the lower one")
		default:
			s.fault("", "latchkey serve cannot listen on "+cfg.Listen+": "+cause(err),
				"set server.listen to an address of this machine, or to :PORT for all of them")
		}
	}
}

// occupied looks who is there. serve beside doctor is what is meant to be.
func occupied(ctx context.Context, s sheet, cfg *config.Config) {
	hash := hashAt(ctx, cfg.Listen)
	switch hash {
	case cfg.Hash():
		s.ok("", "latchkey serve listens on "+cfg.Listen+" with this very configuration")
	case "":
		s.warn("", "something that is no Latchkey, or a Latchkey that is not ready, listens on "+cfg.Listen,
			"if it is not latchkey serve, stop it, or set server.listen to another port")
	default:
		s.warn("", "a Latchkey with another configuration listens on "+cfg.Listen+", hash "+printable(hash),
			"if it is to have this one, reload it (SIGHUP) or restart it; if not, set server.listen to another port")
	}
}

// hashAt is the configuration's, as /readyz shows it; "" where there is none.
func hashAt(ctx context.Context, address string) string {
	there := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	got, err := ask(ctx, there, "http://localhost/readyz")
	var ready struct{ Config string }
	if err != nil || json.Unmarshal(got.body, &ready) != nil {
		return ""
	}
	return ready.Config
}
