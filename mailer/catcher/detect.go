package catcher

import (
	"bufio"
	"context"
	"net"
	"strings"
	"time"
)

// Detect asks whether an SMTP server (MailHog, Mailpit) already answers on
// addr, so that `latchkey dev` uses it instead of starting a second one. It
// returns the server's greeting without the status code.
func Detect(ctx context.Context, addr string) (banner string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", false
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	return greeting(conn)
}

// greeting reads the line an SMTP server speaks first, however long some other
// server's first line may be.
func greeting(conn net.Conn) (banner string, ok bool) {
	line, err := bufio.NewReaderSize(conn, 1024).ReadSlice('\n')
	if err != nil {
		return "", false
	}
	text := strings.TrimSpace(string(line))
	banner, ok = strings.CutPrefix(text, "220")
	if !ok {
		return "", false
	}
	_, _ = conn.Write([]byte("QUIT\r\n")) // hanging up without it is logged as an error
	return strings.TrimLeft(banner, " -"), true
}
