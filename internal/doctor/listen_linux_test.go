package doctor

import (
	"net"
	"os"
	"strings"
	"testing"

	"latchkey/internal/config"
)

// listenCheck looks at the address as serve would take it.
func listenCheck(t *testing.T, address string) (got Check) {
	t.Helper()
	listen(&config.Config{Listen: address})(t.Context(), sheet{"server.listen", func(check Check) { got = check }})
	return got
}

// The port is one of an address that no other test listens on.
func TestAFreePortIsLeftFree(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, look := range []string{"first", "second"} {
		if got := listenCheck(t, listener.Addr().String()); got.Status != OK || !strings.Contains(got.Summary, "free") {
			t.Errorf("the %s look: got %+v, want ok", look, got)
		}
	}
}

func TestAPortThatThisUserMayNotHaveIsAFault(t *testing.T) {
	t.Parallel()
	if start, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start"); err != nil || strings.TrimSpace(string(start)) == "0" {
		t.Skip("here everybody may have every port, as in Docker")
	}
	asNobody(t, func() {
		if got := listenCheck(t, "127.0.0.1:2"); got.Status != Fault || !strings.Contains(got.Advice, "port from 1024 up") {
			t.Errorf("got %+v, want a fault", got)
		}
	})
}
