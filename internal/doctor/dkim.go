package doctor

import (
	"context"
	"fmt"
	"strings"

	"latchkey/mailer"
)

// signatures looks at the public keys by which receivers check DKIM signatures
// (RFC 6376 §3.6).
func signatures(ctx context.Context, dns Resolver, s sheet, domain *senderDomain) {
	if domain.unsigned {
		s.warn("dkim", "mail from "+domain.name+" is not signed here",
			"see to it that the relay signs it (DKIM), or set sender.dkim.selector and sender.dkim.key_file; docs/mail.md says how to make a key")
	}
	for _, key := range domain.keys {
		signature(ctx, dns, s, key)
	}
}

func signature(ctx context.Context, dns Resolver, s sheet, key *mailer.DKIM) {
	name, value := key.Record()
	selector, _, _ := strings.Cut(name, "._domainkey.")
	aspect, publish := "dkim."+selector, "publish this:\n"+zoneLine(name, "TXT", value)
	found, err := dns.LookupTXT(ctx, name)
	switch {
	case isAbsent(err):
		s.fault(aspect, "there is no DKIM record at "+name+": receivers take the signatures for forged", publish)
	case err != nil:
		noAnswer(s, aspect, name)
	case len(found) > 1:
		s.fault(aspect, fmt.Sprintf("there are %d TXT records at %s, and receivers may take any of them", len(found), name), "leave only one there; "+publish)
	case tagsOf(found[0])["p"] != tagsOf(value)["p"]:
		s.fault(aspect, "the DKIM record at "+name+" holds another key than sender.dkim.key_file", publish+"\nor name the key file that belongs to the record")
	default:
		s.ok(aspect, name+" holds the key that mails are signed with")
	}
}

// tagsOf reads a tag list (RFC 6376 §3.2). White space in a key means nothing.
func tagsOf(record string) map[string]string {
	tags := make(map[string]string)
	for pair := range strings.SplitSeq(record, ";") {
		name, value, _ := strings.Cut(pair, "=")
		tags[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), "")
	}
	return tags
}
