package doctor

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"

	"latchkey/mailer"
)

// senderDomain is a domain in whose name mail goes out, and what for.
type senderDomain struct {
	name     string
	envelope string         // an envelope sender of it; "" where it is in headers only
	header   bool           // it stands behind the From that people see
	keys     []*mailer.DKIM // that sign mails from it, each once
	unsigned bool           // some project's mails from it are not signed here
}

// senderDomains are those of all projects, by name.
func senderDomains(cfg mailer.Config) []*senderDomain {
	domains := make(map[string]*senderDomain)
	of := func(address string) *senderDomain {
		name := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
		if domains[name] == nil {
			domains[name] = &senderDomain{name: name}
		}
		return domains[name]
	}
	for _, id := range slices.Sorted(maps.Keys(cfg.Projects)) {
		project := cfg.Projects[id]
		of(project.EnvelopeSender()).envelope = project.EnvelopeSender()
		from := of(project.FromAddress)
		from.header = true
		switch key := project.DKIM; {
		case key == nil:
			from.unsigned = true
		case !slices.ContainsFunc(from.keys, func(k *mailer.DKIM) bool { return publishes(k) == publishes(key) }):
			from.keys = append(from.keys, key)
		}
	}
	sorted := slices.Collect(maps.Values(domains))
	slices.SortFunc(sorted, func(a, b *senderDomain) int { return strings.Compare(a.name, b.name) })
	return sorted
}

func publishes(key *mailer.DKIM) string {
	name, value := key.Record()
	return zoneLine(name, "TXT", value)
}

// domain looks at what receivers ask the DNS about a sender.
func (d *Doctor) domain(cfg mailer.Config, domain *senderDomain) section {
	return func(ctx context.Context, s sheet) {
		dns := rooted{d.Resolver}
		exchangers(ctx, dns, s, domain.name)
		if domain.envelope != "" {
			d.spf(ctx, s, cfg, domain)
		}
		if domain.header {
			signatures(ctx, dns, s, domain)
			policy(ctx, dns, s, domain.name)
		}
	}
}

// exchangers: what bounces cannot come back to is no sender that others trust.
func exchangers(ctx context.Context, dns Resolver, s sheet, domain string) {
	const advice = "publish where mail for it goes, as in:\n"
	record := zoneLine(domain, "MX", "10 mail."+domain+".")
	found, err := dns.LookupMX(ctx, domain)
	switch {
	case err == nil && slices.ContainsFunc(found, func(mx *net.MX) bool { return mx.Host == "." }):
		s.fault("mx", domain+" says that it takes no mail (RFC 7505): bounces cannot come back, and many servers refuse such a sender", advice+record)
	case err == nil && someResolve(ctx, dns, found):
		s.ok("mx", domain+" takes mail, so that bounces can come back")
	case err == nil:
		s.fault("mx", "the hosts in the MX records of "+domain+" have no address", "publish an A or AAAA record for "+strings.TrimSuffix(found[0].Host, "."))
	case !isAbsent(err):
		noAnswer(s, "mx", domain)
	default:
		implicitExchanger(ctx, dns, s, domain, advice+record)
	}
}

// someResolve is false only where the DNS knows no address of any of them.
func someResolve(ctx context.Context, dns Resolver, found []*net.MX) bool {
	return slices.ContainsFunc(found, func(mx *net.MX) bool {
		_, err := dns.LookupIPAddr(ctx, mx.Host)
		return !isAbsent(err)
	})
}

// implicitExchanger: without MX records the domain's own address is one (RFC 5321
// §5.1).
func implicitExchanger(ctx context.Context, dns Resolver, s sheet, domain, advice string) {
	switch _, err := dns.LookupIPAddr(ctx, domain); {
	case err == nil:
		s.ok("mx", domain+" has no MX record, but an address, which stands in for one")
	case isAbsent(err):
		s.fault("mx", domain+" has neither an MX record nor an address: bounces cannot come back, and many servers refuse such a sender", advice)
	default:
		noAnswer(s, "mx", domain)
	}
}

// zoneLine is a record as a zone file has it. A text is cut into strings of 255
// bytes, which is the most that one can hold (RFC 1035 §3.3).
func zoneLine(name, kind, value string) string {
	if kind == "TXT" {
		var parts []string
		for part := range slices.Chunk([]byte(visible(value)), 255) {
			parts = append(parts, `"`+string(part)+`"`)
		}
		value = strings.Join(parts, " ")
	}
	return name + ". IN " + kind + " " + value
}
