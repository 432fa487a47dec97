package doctor

import (
	"context"
	"errors"
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
			d.firstRecord(ctx, cfg.Relays, domain.name))
	case len(records) > 1:
		s.fault("spf", domain.name+" has several SPF records, and receivers then heed none (RFC 7208 §4.5)",
			"delete them and publish this one:\n"+zoneLine(domain.name, "TXT", merged(records)))
	default:
		d.evaluate(ctx, s, cfg, domain, records[0])
	}
}

// firstRecord is what to publish where there is none. Whatever cannot be told from here
// is asked for in words: a record that is wrong is worse than none.
func (d *Doctor) firstRecord(ctx context.Context, relays []mailer.Relay, domain string) string {
	const own = "a: or ip4: of the address that this machine's mail leaves by"
	terms, all := d.relayTerms(ctx, relays)
	if len(terms) == 0 {
		return "publish one, with " + own + ", or with the include: that the relay's operator names"
	}
	record := zoneLine(domain, "TXT", merged(nil, terms...))
	advice := "publish this, with the include: that a relay's operator names, if there is one, instead of its term"
	if !all {
		advice += ", and with " + own
	}
	return advice + ":\n" + record
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

// evaluate asks as a receiver does.
func (d *Doctor) evaluate(ctx context.Context, s sheet, cfg mailer.Config, domain *senderDomain, record string) {
	now := "; it is now:\n" + zoneLine(domain.name, "TXT", record)
	dns := &lastText{Resolver: rooted{d.Resolver}}
	ask := func(ip net.IP) (spf.Result, error) {
		return spf.CheckHostWithSender(ip, domain.name, domain.envelope, spf.WithContext(ctx), spf.WithResolver(dns))
	}
	switch result, why := ask(net.ParseIP(stranger)); {
	case result == spf.PermError && errors.Is(why, spf.ErrNoResult):
		s.fault("spf", "receivers cannot use the SPF record of "+domain.name+": it includes that of "+visible(dns.name)+", which has none",
			"correct the name in include: or redirect=, or take the term away"+now)
	case result == spf.PermError:
		s.fault("spf", "receivers cannot use the SPF record of "+domain.name+": "+printable(why.Error()),
			"correct it, with ten terms at most that ask the DNS"+now)
	case result == spf.TempError:
		noAnswer(s, "spf", domain.name)
	case result == spf.Pass:
		s.warn("spf", "the SPF record of "+domain.name+" lets everybody send in its name", "end it in ~all or -all"+now)
	default:
		d.covers(ctx, s, cfg, domain, record, ask)
	}
}

// lastText remembers whose record was asked for last: package spf does not say which
// one of those it reads is missing.
type lastText struct {
	Resolver
	name string
}

func (l *lastText) LookupTXT(ctx context.Context, name string) ([]string, error) {
	l.name = name
	return l.Resolver.LookupTXT(ctx, name)
}

// covers tells whether the relays' addresses pass. A smarthost may send from others
// than it takes mail at, so that not to pass is no fault.
func (d *Doctor) covers(ctx context.Context, s sheet, cfg mailer.Config, domain *senderDomain, record string, ask func(net.IP) (spf.Result, error)) {
	var passed, others, terms []string
	for _, relay := range cfg.Relays {
		for _, ip := range d.publicAddresses(ctx, relay) {
			if result, _ := ask(ip); result == spf.Pass {
				passed = append(passed, ip.String())
			} else {
				others = append(others, ip.String()+" ("+relay.Host+")")
				terms = append(terms, relayTerm(relay.Host))
			}
		}
	}
	switch {
	case len(others) > 0:
		s.warn("spf", "the SPF record of "+domain.name+" does not cover "+strings.Join(others, ", "),
			"if the relay sends from other addresses than it takes mail at, and its operator's include: stands in the record, all is well; if not, publish that include:, or this:\n"+
				zoneLine(domain.name, "TXT", merged([]string{record}, terms...)))
	case len(passed) > 0:
		s.ok("spf", "the SPF record of "+domain.name+" covers "+strings.Join(passed, ", "))
	default:
		s.ok("spf", domain.name+" has an SPF record; whether it covers the address this machine sends from cannot be told from here")
	}
}
