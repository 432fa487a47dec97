package doctor

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
)

// witness notes whether the DNS was of any use: one that is cut off looks like a fault
// of every name.
type witness struct {
	Resolver
	asked, resolved atomic.Bool
}

// LookupIPAddr leaves this machine's own names aside, which need no DNS.
func (w *witness) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	found, err := w.Resolver.LookupIPAddr(ctx, host)
	if !slices.ContainsFunc(found, func(address net.IPAddr) bool { return address.IP.IsLoopback() }) {
		w.note(err)
	}
	return found, err
}

func (w *witness) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	found, err := w.Resolver.LookupMX(ctx, name)
	w.note(err)
	return found, err
}

func (w *witness) LookupTXT(ctx context.Context, name string) ([]string, error) {
	found, err := w.Resolver.LookupTXT(ctx, name)
	w.note(err)
	return found, err
}

func (w *witness) note(err error) {
	w.asked.Store(true)
	if err == nil {
		w.resolved.Store(true)
	}
}

// testify gives the one reason behind many checks.
func (w *witness) testify(s sheet) {
	if w.asked.Load() && !w.resolved.Load() {
		s.warn("", "no name at all resolves here: is this machine's DNS cut off?",
			"look at this machine's resolver (/etc/resolv.conf) and at the way to it through the firewall before all that is said of names above")
	}
}
