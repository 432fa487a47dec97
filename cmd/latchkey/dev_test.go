package main

import (
	"net"
	"strings"
	"testing"
)

func TestDevSaysWhatElseListensForMail(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go func() {
		for {
			conn, err := other.Accept()
			if err != nil {
				return
			}
			conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			conn.Close()
		}
	}()
	status, _, stderr := execute(t, "dev", "--listen", "127.0.0.1:0", "--smtp", other.Addr().String(), "--data", t.TempDir())
	if status != exitFailure || !strings.Contains(stderr, "what listens there is no SMTP server") {
		t.Errorf("got %d and %q, want 1 and to hear what is there", status, stderr)
	}
}
