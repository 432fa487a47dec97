package doctor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/mailer"
)

// domainChecks looks at example.com as the sender of mail that goes by these relays.
func domainChecks(t *testing.T, names *nameServer, relays ...mailer.Relay) map[string]Check {
	t.Helper()
	cfg := mailer.Config{
		Relays: relays, PublicURL: "https://login.example.com",
		Projects: map[string]mailer.Project{project: {FromAddress: "login@example.com"}},
	}
	d := &Doctor{Resolver: names.resolver(), Now: time.Now}
	checks := make(map[string]Check)
	d.domain(cfg, senderDomains(cfg)[0])(t.Context(), sheet{"", func(check Check) { checks[strings.TrimPrefix(check.ID, ".")] = check }})
	return checks
}

func TestAnSPFRecordCoversTheRelayOrSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		record string
		host   string
		status Status
		says   string
	}{
		{"v=spf1 a:relay.example.net -all", "relay.example.net", OK, "covers 198.51.100.9"},
		{"v=spf1 include:_spf.example.net -all", "relay.example.net", OK, "covers 198.51.100.9"},
		{"v=spf1 ip4:198.51.100.9 -all", "198.51.100.9", OK, "covers 198.51.100.9"},
		{"v=spf1 mx -all", "relay.example.net", Warning, `example.com. IN TXT "v=spf1 mx a:relay.example.net -all"`},
		{"v=spf1 -all", "198.51.100.9", Warning, `example.com. IN TXT "v=spf1 ip4:198.51.100.9 -all"`},
		{"v=spf1 mx -all", "localhost", OK, "cannot be told"},
		{"v=spf1 mx -all", "10.1.2.3", OK, "cannot be told"},
		{"v=spf1 include:_spf.gone.example -all", "localhost", Fault, "it includes that of _spf.gone.example, which has none"},
		{"v=spf1 include:_half.example.net -all", "localhost", Fault, "it includes that of _spf.gone.example, which has none"},
		{"v=spf1 a a a a a a a a a a a -all", "localhost", Fault, "lookup limit"},
	} {
		names := startNameServer(t)
		names.publish(t, "relay.example.net. A 198.51.100.9", "localhost. A 127.0.0.1", `_half.example.net. TXT "v=spf1 include:_spf.gone.example -all"`, `_spf.example.net. TXT "v=spf1 ip4:198.51.100.0/24 -all"`,
			"example.com. A 198.51.100.1", "example.com. MX 10 example.com.")
		names.publish(t, zoneLine("example.com", "TXT", c.record))
		got := domainChecks(t, names, mailer.Relay{Host: c.host})["spf"]
		if got.Status != c.status || !strings.Contains(got.Summary+"\n"+got.Advice, c.says) {
			t.Errorf("%s by %s: got %+v, want %s with %q", c.record, c.host, got, c.status, c.says)
		}
	}
}

func TestAFirstSPFRecordNamesEveryRelayThatTheWorldSees(t *testing.T) {
	t.Parallel()
	const own = "a: or ip4: of the address that this machine's mail leaves by"
	first, second := mailer.Relay{Host: "relay.example.net"}, mailer.Relay{Host: "2001:db8::9"}
	local, program := mailer.Relay{Host: "localhost"}, mailer.Relay{Program: "/usr/sbin/sendmail"}
	for name, c := range map[string]struct {
		relays      []mailer.Relay
		says, never string
	}{
		"a fallback, too":    {[]mailer.Relay{first, second}, `"v=spf1 a:relay.example.net ip6:2001:db8::9 ~all"`, own},
		"one of two is here": {[]mailer.Relay{local, first}, own + ":\n" + `example.com. IN TXT "v=spf1 a:relay.example.net ~all"`, "a:localhost"},
		"this machine":       {[]mailer.Relay{local}, own, "v=spf1"},
		"a private network":  {[]mailer.Relay{{Host: "10.1.2.3"}}, own, "v=spf1"},
		"sendmail":           {[]mailer.Relay{program}, own, "v=spf1"},
	} {
		names := startNameServer(t)
		names.publish(t, "relay.example.net. A 198.51.100.9", "localhost. A 127.0.0.1")
		got := domainChecks(t, names, c.relays...)["spf"]
		if got.Status != Fault || !strings.Contains(got.Advice, c.says) || strings.Contains(got.Advice, c.never) {
			t.Errorf("%s: got %+v, want a fault with %s and without %s", name, got, c.says, c.never)
		}
	}
}

func TestOnlyTheRelayThatIsMissingIsAdded(t *testing.T) {
	t.Parallel()
	names := startNameServer(t)
	names.publish(t, "relay.example.net. A 198.51.100.9", "second.example.net. A 198.51.100.10", `example.com. TXT "v=spf1 ip4:198.51.100.9 -all"`)
	got := domainChecks(t, names, mailer.Relay{Host: "relay.example.net"}, mailer.Relay{Host: "second.example.net"})["spf"]
	if want := `"v=spf1 ip4:198.51.100.9 a:second.example.net -all"`; got.Status != Warning || !strings.Contains(got.Advice, want) {
		t.Errorf("got %+v, want a warning with %s", got, want)
	}
}

func TestAMergedRecordIsAsStrictAsTheStrictest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		records []string
		want    string
	}{
		{nil, "v=spf1 a:relay.example.net ~all"},
		{[]string{"v=spf1 mx"}, "v=spf1 mx a:relay.example.net ~all"},
		{[]string{"v=spf1 mx ?all"}, "v=spf1 mx a:relay.example.net ?all"},
		{[]string{"v=spf1 mx -ALL", "V=SPF1 MX ~all"}, "v=spf1 mx a:relay.example.net -all"},
		{[]string{"v=spf1 redirect=_spf.example.net"}, "v=spf1 redirect=_spf.example.net a:relay.example.net"},
		{[]string{"v=spf1 redirect=_a.example", "v=spf1 redirect=_b.example"}, "v=spf1 include:_a.example include:_b.example a:relay.example.net ~all"},
		{[]string{"v=spf1 mx -all", "v=spf1 redirect=_spf.example.net"}, "v=spf1 mx include:_spf.example.net a:relay.example.net -all"},
	} {
		if got := merged(c.records, "a:relay.example.net"); got != c.want {
			t.Errorf("%q: got %s, want %s", c.records, got, c.want)
		}
	}
}

func TestASubdomainHasItsParentsPolicy(t *testing.T) {
	t.Parallel()
	names := startNameServer(t)
	names.publish(t, `_dmarc.example.co.uk. TXT "v=DMARC1; p=reject"`)
	var got Check
	policy(t.Context(), rooted{names.resolver()}, sheet{"", func(check Check) { got = check }}, "mail.app.example.co.uk")
	if got.Status != OK || !strings.Contains(got.Summary, "_dmarc.example.co.uk says p=reject") {
		t.Errorf("got %+v, want the policy of example.co.uk", got)
	}
}

// An RSA key is longer than one string of a TXT record.
func TestALongRecordIsCutForTheZoneFile(t *testing.T) {
	t.Parallel()
	line := zoneLine("a.example", "TXT", strings.Repeat("x", 300))
	if want := `a.example. IN TXT "` + strings.Repeat("x", 255) + `" "` + strings.Repeat("x", 45) + `"`; line != want {
		t.Errorf("got %s, want %s", line, want)
	}
}

// asked notes the names that the DNS was asked for.
type asked struct {
	Resolver
	names map[string]bool
}

func (a asked) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a.names[name] = true
	return a.Resolver.LookupTXT(ctx, name)
}

// A name without its dot is looked for in this machine's own domains, too.
func TestSendersAreLookedUpFromTheRoot(t *testing.T) {
	t.Parallel()
	spy := asked{startNameServer(t).resolver(), map[string]bool{}}
	policy(t.Context(), rooted{spy}, sheet{"", func(Check) {}}, "mail.example.com")
	if len(spy.names) != 2 || !spy.names["_dmarc.mail.example.com."] || !spy.names["_dmarc.example.com."] {
		t.Errorf("got %v, want both names with a dot at the end", spy.names)
	}
}

func TestTwoKeysUnderOneSelectorAreBothHeldAgainstTheRecord(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.newSigningKey("second.pem")
	in.addSecondSender()
	in.replace("{address: login@second.example,", "{address: login@example.com, dkim: {selector: latchkey1, key_file: second.pem},")
	var statuses []Status
	for _, check := range in.examine().Checks {
		if check.ID == "dns.example.com.dkim.latchkey1" {
			statuses = append(statuses, check.Status)
		}
	}
	if !slices.Equal(statuses, []Status{OK, Fault}) {
		t.Errorf("got %v, want the first key's record and not the second's", statuses)
	}
}
