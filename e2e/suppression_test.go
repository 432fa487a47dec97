package e2e

import (
	"bufio"
	"database/sql"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"latchkey/store/storetest"
)

// startNobodyThere is an SMTP server that knows none of its recipients.
func startNobodyThere(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go refuseAll(conn)
		}
	}()
	return listener.Addr().String()
}

func refuseAll(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 ready\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch command, _, _ := strings.Cut(strings.ToUpper(lines.Text()), " "); command {
		case "RCPT":
			fmt.Fprint(conn, "550 5.1.1 no such user\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

// Three bounces and the app is told; the operator sees the address and lifts it.
func TestASuppressedAddressIsToldAndLifted(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		server := serve(t, newSettings(t, url, startNobodyThere(t)))
		app, start := server.backEnd(0), body{"email": "Ada@example.com", "code_challenge": newPair().challenge}
		for n := range 3 {
			app.expect(t, startPath, start, "")
			ageBounces(t, url, n+1)
		}
		server.logged(t, "address suppressed")
		app.expect(t, startPath, start, "inactive_email")

		if out, _ := server.operate(t, 0, "suppressions", "list"); !strings.Contains(out, "A…@example.com") || !strings.Contains(out, "550 5.1.1") || strings.Contains(out, "Ada@") {
			t.Errorf("got\n%s\nwant the address, masked, and the reply", out)
		}
		if out, _ := server.operate(t, 0, "suppressions", "list", "--addresses", "--json"); !strings.Contains(out, `"address": "Ada@example.com"`) {
			t.Errorf("got\n%s\nwant the whole address", out)
		}
		server.operate(t, 0, "suppressions", "lift", "ada@EXAMPLE.com")
		app.expect(t, startPath, start, "")
		if out, _ := server.operate(t, 0, "suppressions", "list"); out != "0 suppressed\n" {
			t.Errorf("got %q, want none", out)
		}
		secrets{"address": "Ada@example.com"}.checkAbsent(t, "the log", server.stderr.String())
	})
}

// ageBounces waits for the n-th bounce that counts and puts all back by an hour, since
// those of one hour count once.
func ageBounces(t *testing.T, url string, n int) {
	t.Helper()
	driver := "pgx"
	if path, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		driver, url = "sqlite3", "file:"+path+"?_busy_timeout=5000"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		aged, err := db.Exec(fmt.Sprintf("UPDATE bounce_records SET last_bounce_at = last_bounce_at - %d WHERE bounces = %d", time.Hour.Milliseconds(), n))
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := aged.RowsAffected(); err == nil && rows == 1 {
			return
		}
	}
	t.Fatalf("no %d bounces were counted", n)
}
