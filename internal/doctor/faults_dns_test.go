package doctor

import (
	"testing"

	"github.com/miekg/dns"
)

func TestFaultsInTheDNS(t *testing.T) {
	t.Parallel()
	testFaults(t, map[string]fault{
		"no DNS at all": {
			plant: func(in *installation) {
				for name := range in.names.records {
					in.names.fail(name)
				}
			},
			id: "dns", status: Warning, says: []string{"no name at all resolves here", "/etc/resolv.conf"},
			also: map[string]Status{
				"redirect_urls." + project + ".names": Warning, "dns.example.com.mx": Warning, "dns.example.com.spf": Warning,
				"dns.example.com.dkim.latchkey1": Warning, "dns.example.com.dmarc": Warning,
			},
		},
		"neither MX nor address": {
			plant: func(in *installation) { in.names.withdraw("example.com.", dns.TypeMX) },
			id:    "dns.example.com.mx", status: Fault, says: []string{"bounces cannot come back", "example.com. IN MX 10 mail.example.com."},
		},
		"a domain that takes no mail": {
			plant: func(in *installation) {
				in.names.withdraw("example.com.", dns.TypeMX)
				in.names.publish(in.t, "example.com. MX 0 .")
			},
			id: "dns.example.com.mx", status: Fault, says: []string{"takes no mail (RFC 7505)"},
		},
		"an MX without an address": {
			plant: func(in *installation) {
				in.names.withdraw("example.com.", dns.TypeMX)
				in.names.publish(in.t, "example.com. MX 10 gone.example.com.")
			},
			id: "dns.example.com.mx", status: Fault, says: []string{"A or AAAA record for gone.example.com"},
		},
		"no SPF record": {
			plant: func(in *installation) { in.names.withdraw("example.com.", dns.TypeTXT) },
			id:    "dns.example.com.spf", status: Fault, says: []string{"no SPF record", "a: or ip4: of the address that this machine's mail leaves by"},
		},
		"two SPF records": {
			plant: func(in *installation) {
				in.names.publish(in.t, `example.com. TXT "v=spf1 include:_spf.example.net -all"`)
			},
			id: "dns.example.com.spf", status: Fault, says: []string{"several", `"v=spf1 a:mail.example.com include:_spf.example.net -all"`},
		},
		"an SPF record that cannot be read": {
			plant: func(in *installation) { in.names.spf(in.t, "v=spf1 ipv4:198.51.100.8 ~all") },
			id:    "dns.example.com.spf", status: Fault, says: []string{"cannot use the SPF record", `"v=spf1 ipv4:198.51.100.8 ~all"`},
		},
		"an SPF record for everybody": {
			plant: func(in *installation) { in.names.spf(in.t, "v=spf1 +all") },
			id:    "dns.example.com.spf", status: Warning, says: []string{"lets everybody", "~all"},
		},
		"no DKIM record": {
			plant: func(in *installation) { in.names.withdraw("latchkey1._domainkey.example.com.", dns.TypeTXT) },
			id:    "dns.example.com.dkim.latchkey1", status: Fault,
			says: []string{"no DKIM record", `latchkey1._domainkey.example.com. IN TXT "v=DKIM1; k=ed25519; p=`},
		},
		"a DKIM record with another key": {
			plant: func(in *installation) { in.newSigningKey("dkim.pem") },
			id:    "dns.example.com.dkim.latchkey1", status: Fault, says: []string{"another key", "sender.dkim.key_file", "IN TXT"},
		},
		"two DKIM records": {
			plant: func(in *installation) {
				in.names.publish(in.t, `latchkey1._domainkey.example.com. TXT "v=DKIM1; p="`)
			},
			id: "dns.example.com.dkim.latchkey1", status: Fault, says: []string{"2 TXT records", "leave only one"},
		},
		"no DKIM key": {
			plant: func(in *installation) { in.replace("  dkim: {selector: latchkey1, key_file: dkim.pem}\n", "") },
			id:    "dns.example.com.dkim", status: Warning, says: []string{"not signed here", "sender.dkim.key_file"},
			gone: []string{"dns.example.com.dkim.latchkey1"},
		},
		"no DMARC record": {
			plant: func(in *installation) { in.names.withdraw("_dmarc.example.com.", dns.TypeTXT) },
			id:    "dns.example.com.dmarc", status: Warning, says: []string{`_dmarc.example.com. IN TXT "v=DMARC1; p=none`},
		},
		"two DMARC records": {
			plant: func(in *installation) { in.names.publish(in.t, `_dmarc.example.com. TXT "v=DMARC1; p=none"`) },
			id:    "dns.example.com.dmarc", status: Fault, says: []string{"several", "leave only one"},
		},
		"a DMARC record that cannot be read": {
			plant: func(in *installation) {
				in.names.withdraw("_dmarc.example.com.", dns.TypeTXT)
				in.names.publish(in.t, `_dmarc.example.com. TXT "v=DMARC1; p=maybe"`)
			},
			id: "dns.example.com.dmarc", status: Fault, says: []string{"cannot read", "'p'"},
		},
		"a name server that fails": {
			plant: func(in *installation) { in.names.fail("_dmarc.example.com.") },
			id:    "dns.example.com.dmarc", status: Warning, says: []string{"did not answer", "try again"},
		},
	})
}
