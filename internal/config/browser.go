package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// Clients read the environment from a public token, as they do from a project's id.
const (
	publicTokenLive = "public-token-live-"
	publicTokenTest = "public-token-test-"
)

// browser is who may come in at the browser door.
func (d *document) browser(p projectSection, at string) Browser {
	if p.PublicToken == "" {
		if len(p.AllowedOrigins) > 0 {
			d.complain(at+".allowed_origins", "does nothing without a public_token: latchkey secret new prints one")
		}
		if p.NativeApps {
			d.complain(at+".native_apps", "does nothing without a public_token: latchkey secret new prints one")
		}
		return Browser{}
	}
	d.checkPublicToken(p, at+".public_token")
	for i, origin := range p.AllowedOrigins {
		d.checkOrigin(origin, fmt.Sprintf("%s.allowed_origins[%d]", at, i))
	}
	return Browser{PublicToken: p.PublicToken, Origins: p.AllowedOrigins, NativeApps: p.NativeApps}
}

func (d *document) checkPublicToken(p projectSection, at string) {
	prefix := publicTokenTest
	if strings.HasPrefix(p.ID, "project-live-") {
		prefix = publicTokenLive
	}
	name, prefixed := strings.CutPrefix(p.PublicToken, prefix)
	switch {
	case !prefixed || name == "" || len(name) > 64 || strings.Trim(name, nameCharacters) != "":
		d.complain(at, "want "+prefix+" as the project's id has it, and 1 to 64 letters, digits, _ and - after it")
	case len(p.AllowedOrigins) == 0 && !p.NativeApps:
		d.complain(at, "is of no use to anybody: list the pages that may use it in allowed_origins, or set native_apps")
	}
}

// checkOrigin wants an origin spelled as browsers spell it, since it is compared as
// text. An app's own scheme is one, too: web views send it.
func (d *document) checkOrigin(raw, at string) {
	u, err := url.Parse(raw)
	switch {
	case strings.Contains(raw, "*"):
		d.complain(at, "has a *, which is not read here: list each origin")
	case err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != raw || strings.ContainsFunc(raw, notInOrigins):
		d.complain(at, "want an origin in lower case and nothing after it, as in https://app.example.com: no path, no slash at the end")
	case isUsualPort(u):
		d.complain(at, "leave the port away: it is the scheme's own, and browsers drop it")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		d.complain(at, "must be https: whoever is on the way of a page over plain http can put a script into it (http is for loopback)")
	}
}

// notInOrigins: browsers write domains in lower-case ASCII.
func notInOrigins(r rune) bool { return r > unicode.MaxASCII || unicode.IsUpper(r) }

func isUsualPort(u *url.URL) bool {
	return u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80"
}

// proxies reads networks, and single addresses as networks of one.
func (d *document) proxies(written []string) (networks []netip.Prefix) {
	for i, text := range written {
		at := fmt.Sprintf("server.trusted_proxies[%d]", i)
		network, err := parseNetwork(text)
		switch {
		case err != nil:
			d.complain(at, "want an IP address or a network, as in 10.0.0.0/8")
		case network.Bits() == 0:
			d.complain(at, "trusts everybody, and so anybody could say where they come from: name the proxies in front")
		}
		networks = append(networks, network)
	}
	return networks
}

func parseNetwork(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		return ip.Prefix(ip.BitLen())
	}
	return netip.ParsePrefix(text)
}
