package main

import (
	"context"
	"net"
	"strings"
	"testing"
)

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
