package door

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}

// clientOf is what a door behind these proxies makes of a request.
func clientOf(trusted []netip.Prefix, remote string, forwarded ...string) netip.Addr {
	d := &Door{TrustedProxies: trusted}
	engine := gin.New()
	d.trustProxies(engine)
	c := gin.CreateTestContextOnly(httptest.NewRecorder(), engine)
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	c.Request.RemoteAddr = remote
	c.Request.Header["X-Forwarded-For"] = forwarded
	c.Request.Header.Set("X-Real-IP", "192.0.2.66")
	c.Request.Header.Set("Forwarded", "for=192.0.2.66")
	return ClientIP(c)
}

func TestForwardedHeadersCountOnlyFromTrustedProxies(t *testing.T) {
	for _, tc := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "192.0.2.1:5000", nil, "192.0.2.1"},
		{"a stranger's word", "192.0.2.1:5000", []string{"198.51.100.1"}, "192.0.2.1"},
		{"a proxy's word", "10.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a proxy that says nothing", "10.0.0.1:5000", nil, "10.0.0.1"},
		{"what the client wrote before", "10.0.0.1:5000", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"in a line of its own", "10.0.0.1:5000", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"over two proxies", "10.0.0.1:5000", []string{"1.1.1.1, 198.51.100.1, 10.2.0.1"}, "198.51.100.1"},
		{"a proxy's address as the client's invention", "10.0.0.1:5000", []string{"10.9.9.9, 198.51.100.1, 10.2.0.1"}, "198.51.100.1"},
		{"nonsense at the end", "10.0.0.1:5000", []string{"198.51.100.1, nonsense"}, "10.0.0.1"},
		{"nonsense of the client's", "10.0.0.1:5000", []string{"nonsense, 198.51.100.1"}, "198.51.100.1"},
		{"nobody but proxies", "10.0.0.1:5000", []string{"10.0.0.2, 10.0.0.3"}, "10.0.0.2"},
		{"IPv6", "[2001:db8:1::1]:5000", []string{"2001:db8:2::5"}, "2001:db8:2::5"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:5000", nil, "192.0.2.1"},
		{"a proxy as IPv4 in IPv6", "[::ffff:10.0.0.1]:5000", []string{"198.51.100.1"}, "198.51.100.1"},
	} {
		if got := clientOf(proxies, tc.remote, tc.forwarded...); got.String() != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
	if got := clientOf(nil, "10.0.0.1:5000", "198.51.100.1"); got.String() != "10.0.0.1" {
		t.Errorf("with no proxy configured: got %s, want 10.0.0.1", got)
	}
}

// FuzzForwardedFor: a stranger's header counts for nothing, and nothing that stands
// before the address which a proxy added can change the result.
func FuzzForwardedFor(f *testing.F) {
	f.Fuzz(func(t *testing.T, header string) {
		if got := clientOf(proxies, "192.0.2.1:5000", header); got.String() != "192.0.2.1" {
			t.Errorf("a stranger who sends %q is taken for %s", header, got)
		}
		for _, lines := range [][]string{{header + ", 198.51.100.1"}, {header, "198.51.100.1"}, {header, "198.51.100.1, 10.0.0.7"}} {
			if got := clientOf(proxies, "10.0.0.1:5000", lines...); got.String() != "198.51.100.1" {
				t.Errorf("behind a proxy, %q is taken for %s", lines, got)
			}
		}
		// From the proxy alone: itself, or an address that stands in the header.
		got := clientOf(proxies, "10.0.0.1:5000", header)
		stands := slices.ContainsFunc(strings.Split(header, ","), func(hop string) bool {
			ip, err := netip.ParseAddr(strings.TrimSpace(hop))
			return err == nil && ip.Unmap() == got
		})
		if got.String() != "10.0.0.1" && !stands {
			t.Errorf("%q is taken for %s", header, got)
		}
	})
}

func TestTheClientIsWhoTheConnectionSaysItIs(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11)":            "Mozilla/5.0 (X11)",
		strings.Repeat("ü", 600):       strings.Repeat("ü", 512),
		"x" + strings.Repeat("ü", 600): "x" + strings.Repeat("ü", 511),
		"a\xffb":                       "ab",
		"a\tb":                         "",
	} {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
		c.Request.Header.Set("User-Agent", agent)
		got := Client(c)
		if got.UserAgent != want || got.IPAddress != "192.0.2.1" {
			t.Errorf("%q: got %q from %s, want %q from 192.0.2.1", agent, got.UserAgent, got.IPAddress, want)
		}
	}
}
