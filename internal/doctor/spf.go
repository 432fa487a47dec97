package doctor

import (
	"context"
	"net"
	"strings"

	"blitiri.com.ar/go/spf"

	"latchkey/mailer"
)

// stranger is an address that no mail comes from (RFC 5737). A record that lets it
// pass lets everybody, and to evaluate one for the stranger reads all of it.
const stranger = "192.0.2.1"

// spf looks at the record by which receivers decide whether the relays may send for
// the domain (RFC 7208).
func (d *Doctor) spf(ctx context.Context, s sheet, cfg mailer.Config, domain *senderDomain) {
	records, err := spfRecords(ctx, rooted{d.Resolver}, domain.name)
	switch {
	case err != nil:
		noAnswer(s, "spf", domain.name)
	case len(records) == 0:
		s.fault("spf", domain.name+" has no SPF record: many receivers refuse its mail or call it spam",
			"publish this, with the include: that the relay's operator names, if there is one, instead of the second word:\n"+
				zoneLine(domain.name, "TXT", "v=spf1 "+relayTerm(cfg)+" ~all"))
	case len(records) > 1:
		s.fault("spf", domain.name+" has several SPF records, and receivers then heed none (RFC 7208 §4.5)",
			"delete them and publish this one:\n"+zoneLine(domain.name, "TXT", merged(records)))
	default:
		d.evaluate(ctx, s, cfg, domain, records[0])
	}
}

func spfRecords(ctx context.Context, dns Resolver, domain string) (records []string, err error) {
	texts, err := dns.LookupTXT(ctx, domain)
	if isAbsent(err) {
		return nil, nil
	}
	for _, text := range texts {
		if version, _, _ := strings.Cut(strings.ToLower(text), " "); version == "v=spf1" {
			records = append(records, text)
		}
	}
	return records, err
}

// merged holds every term of the records once, and ends softly.
func merged(records []string) string {
	terms, seen := []string{"v=spf1"}, map[string]bool{"v=spf1": true}
	for _, record := range records {
		for _, term := range strings.Fields(record) {
			key := strings.ToLower(term)
			if !seen[key] && strings.TrimLeft(key, "+-~?") != "all" {
				terms, seen[key] = append(terms, term), true
			}
		}
	}
	return strings.Join(append(terms, "~all"), " ")
}

// evaluate asks as a receiver does.
func (d *Doctor) evaluate(ctx context.Context, s sheet, cfg mailer.Config, domain *senderDomain, record string) {
	now := "; it is now:\n" + zoneLine(domain.name, "TXT", record)
	ask := func(ip net.IP) (spf.Result, error) {
		return spf.CheckHostWithSender(ip, domain.name, domain.envelope, spf.WithContext(ctx), spf.WithResolver(rooted{d.Resolver}))
	}
	switch result, why := ask(net.ParseIP(stranger)); result {
	case spf.PermError:
		s.fault("spf", "receivers cannot use the SPF record of "+domain.name+": "+printable(why.Error()),
			"correct it, with ten terms at most that ask the DNS"+now)
	case spf.TempError:
		noAnswer(s, "spf", domain.name)
	case spf.Pass:
		s.warn("spf", "the SPF record of "+domain.name+" lets everybody send in its name", "end it in ~all or -all"+now)
	default:
		d.covers(ctx, s, cfg, domain, record, ask)
	}
}

// covers tells whether the relays' addresses pass. A smarthost may send from others
// than it takes mail at, so that not to pass is no fault.
func (d *Doctor) covers(ctx context.Context, s sheet, cfg mailer.Config, domain *senderDomain, record string, ask func(net.IP) (spf.Result, error)) {
	var passed, others []string
	for _, relay := range cfg.Relays {
		for _, ip := range d.publicAddresses(ctx, relay) {
			if result, _ := ask(ip); result == spf.Pass {
				passed = append(passed, ip.String())
			} else {
				others = append(others, ip.String()+" ("+relay.Host+")")
			}
		}
	}
	switch {
	case len(others) > 0:
		s.warn("spf", "the SPF record of "+domain.name+" does not cover "+strings.Join(others, ", "),
			"if the relay sends from other addresses than it takes mail at, and its operator's include: stands in the record, all is well; if not, publish that include:, or this:\n"+
				zoneLine(domain.name, "TXT", merged([]string{record, relayTerm(cfg)})))
	case len(passed) > 0:
		s.ok("spf", "the SPF record of "+domain.name+" covers "+strings.Join(passed, ", "))
	default:
		s.ok("spf", domain.name+" has an SPF record; whether it covers the address this machine sends from cannot be told from here")
	}
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

// relayTerm is the term of an SPF record for the first relay. What this machine sends
// by itself comes from its own address, for which its public name is the best guess.
func relayTerm(cfg mailer.Config) string {
	relay := cfg.Relays[0]
	host := relay.Host
	if relay.Program != "" || relay.Loopback() {
		host = hostOf(cfg.PublicURL)
	}
	switch ip := net.ParseIP(host); {
	case ip == nil:
		return "a:" + host
	case ip.To4() != nil:
		return "ip4:" + host
	}
	return "ip6:" + host
}
