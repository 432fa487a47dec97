package doctor

import (
	"context"

	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"
)

// policy looks at what receivers are told to do with mail that fails SPF and DKIM: by
// a record of the domain's own, or else of the one that was registered (RFC 7489
// §6.6.3).
func policy(ctx context.Context, dns Resolver, s sheet, domain string) {
	records, at, err := dmarcRecords(ctx, dns, domain)
	publish := zoneLine("_dmarc."+domain, "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@"+domain)
	switch {
	case err != nil:
		noAnswer(s, "dmarc", "_dmarc."+domain)
	case len(records) == 0:
		s.warn("dmarc", domain+" has no DMARC record, which large mailbox providers expect of senders",
			"publish this, and p=quarantine or p=reject once the reports show that all mail passes:\n"+publish)
	case len(records) > 1:
		s.fault("dmarc", "there are several DMARC records at "+at+", and receivers then heed none (RFC 7489 §6.6.3)", "leave only one there, such as:\n"+publish)
	default:
		readPolicy(s, at, records[0], publish)
	}
}

func readPolicy(s sheet, at, record, publish string) {
	parsed, err := dmarc.Parse(record)
	switch {
	case err != nil:
		s.fault("dmarc", "receivers cannot read the DMARC record at "+at+": "+printable(err.Error()), "correct it, as in:\n"+publish)
	case parsed.Policy == dmarc.PolicyNone:
		s.ok("dmarc", at+" says p=none: receivers report, and refuse nothing")
	default:
		s.ok("dmarc", at+" says p="+string(parsed.Policy))
	}
}

// dmarcRecords also tells at which name they were found.
func dmarcRecords(ctx context.Context, dns Resolver, domain string) (records []string, at string, err error) {
	names := []string{domain}
	if registered, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil && registered != domain {
		names = append(names, registered)
	}
	for _, name := range names {
		at = "_dmarc." + name
		texts, err := dns.LookupTXT(ctx, at)
		if err != nil && !isAbsent(err) {
			return nil, at, err
		}
		for _, text := range texts {
			if tagsOf(text)["v"] == "DMARC1" {
				records = append(records, text)
			}
		}
		if len(records) > 0 {
			break
		}
	}
	return records, at, nil
}
