package doctor

import (
	"context"
	"errors"
	"net"
	"strings"
)

// Resolver asks the DNS. *net.Resolver is one.
type Resolver interface {
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupAddr(ctx context.Context, address string) ([]string, error)
}

// rooted asks for names as they are: this machine's search list (resolv.conf) would
// find records of example.com.corp.example that no other mail server sees.
type rooted struct{ Resolver }

func (r rooted) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return r.Resolver.LookupIPAddr(ctx, atRoot(host))
}

func (r rooted) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return r.Resolver.LookupMX(ctx, atRoot(name))
}

func (r rooted) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return r.Resolver.LookupTXT(ctx, atRoot(name))
}

func atRoot(name string) string { return strings.TrimSuffix(name, ".") + "." }

// isAbsent tells that the DNS has no such record, from that it did not answer.
func isAbsent(err error) bool {
	var failed *net.DNSError
	return errors.As(err, &failed) && failed.IsNotFound
}

// unresolved is the verdict on a host of ours without an address, and silence the
// status where the DNS said neither yes nor no.
func unresolved(s sheet, host string, err error, key string, silence Status) {
	if !isAbsent(err) {
		unanswered(s, silence, "name", host)
		return
	}
	s.fault("name", host+" has no address", "correct "+key+", or publish an A or AAAA record for "+host)
}

// noAnswer is the verdict where the DNS said neither yes nor no of what only others ask
// it.
func noAnswer(s sheet, aspect, asked string) { unanswered(s, Warning, aspect, asked) }

func unanswered(s sheet, status Status, aspect, asked string) {
	s.note(status, aspect, "the DNS did not answer for "+asked,
		"try again; if it stays so, look at this machine's resolver (/etc/resolv.conf) and at the domain's name servers")
}

// resolves tells whether the host has an address. It is nil for an address itself.
func (d *Doctor) resolves(ctx context.Context, host string) error {
	_, err := d.addresses(ctx, host)
	return err
}

// addresses are those of the host, which may be one itself.
func (d *Doctor) addresses(ctx context.Context, host string) ([]net.IP, error) {
	if ip := net.ParseIP(host); ip != nil {
		return []net.IP{ip}, nil
	}
	found, err := d.Resolver.LookupIPAddr(ctx, host)
	ips := make([]net.IP, len(found))
	for i, address := range found {
		ips[i] = address.IP
	}
	return ips, err
}
