package doctor

import (
	"context"
	"net"
	"slices"
	"strings"

	"latchkey/mailer"
)

const redirect = "redirect="

// finalTerms by how strict they are.
var finalTerms = []string{"all", "+all", "?all", "~all", "-all"}

// merged holds every term of the records and then of more, each once. Its last term is
// the strictest of theirs, so that to publish it weakens nothing.
func merged(records []string, more ...string) string {
	terms, strictness := []string{"v=spf1"}, -1
	for _, term := range append(strings.Fields(strings.Join(records, " ")), more...) {
		same := func(other string) bool { return strings.EqualFold(term, other) }
		if rank := slices.IndexFunc(finalTerms, same); rank >= 0 {
			strictness = max(strictness, rank)
		} else if !slices.ContainsFunc(terms, same) {
			terms = append(terms, term)
		}
	}
	return strings.Join(ended(terms, strictness), " ")
}

// ended gives the terms their last one. A single redirect= is one; beside another, or
// beside all, it counts for nothing (RFC 7208 §6.1), and an include: does its work.
func ended(terms []string, strictness int) []string {
	var redirects []int
	for i, term := range terms {
		if strings.HasPrefix(strings.ToLower(term), redirect) {
			redirects = append(redirects, i)
		}
	}
	if strictness < 0 && len(redirects) == 1 {
		return terms
	}
	for _, i := range redirects {
		terms[i] = "include:" + terms[i][len(redirect):]
	}
	if strictness < 0 {
		return append(terms, "~all")
	}
	return append(terms, finalTerms[strictness])
}

// relayTerms are the terms of an SPF record for the relays whose addresses the world
// sees. Mail by the others leaves by an address that is not seen from here.
func (d *Doctor) relayTerms(ctx context.Context, relays []mailer.Relay) (terms []string, all bool) {
	all = true
	for _, relay := range relays {
		if len(d.publicAddresses(ctx, relay)) == 0 {
			all = false
			continue
		}
		terms = append(terms, relayTerm(relay.Host))
	}
	return terms, all
}

func relayTerm(host string) string {
	switch ip := net.ParseIP(host); {
	case ip == nil:
		return "a:" + host
	case ip.To4() != nil:
		return "ip4:" + host
	}
	return "ip6:" + host
}

// publicAddresses are those from which mail to others can come.
func (d *Doctor) publicAddresses(ctx context.Context, relay mailer.Relay) (public []net.IP) {
	if relay.Program != "" {
		return nil
	}
	all, err := d.addresses(ctx, relay.Host)
	if err != nil {
		return nil // which the relay's own check tells
	}
	for _, ip := range all {
		if ip.IsGlobalUnicast() && !ip.IsPrivate() {
			public = append(public, ip)
		}
	}
	return public
}
