package magiclink

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/internal/problem"
	"latchkey/models"
)

// maxRedirectURL is in characters, all of them ASCII.
const maxRedirectURL = 2048

// reserved are the query parameters that a landing may carry from us or a door: an
// app could not tell one in its own URL from ours.
var reserved = []string{
	"token", "token_type", "stytch_token_type", "flow", "code",
	"error", "error_code", "error_description", "refreshToken", "type",
}

// forbidden schemes run or read something on the client instead of leading to an
// app.
var forbidden = []string{"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem", "ws", "wss", "ftp", "mailto"}

// Target is where an opened link sends the person: a URL that was taken apart, and
// kept byte for byte.
type Target struct {
	raw    string
	scheme string
	host   string // lower case, without port; "" where only the app knows what a host is
	port   string // "" for the scheme's default
	path   string // as written; in an app's own scheme all that follows the colon
	query  string // as written, with its ?
}

// ParseTarget refuses, before any parser can disagree about it, what browsers read
// differently from Go.
func ParseTarget(raw string) (Target, error) {
	if err := checkBytes(raw); err != nil {
		return Target{}, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return Target{}, errors.New("is no URL")
	}
	t := Target{raw: raw, scheme: u.Scheme}
	rest := strings.TrimPrefix(raw[len(u.Scheme):], ":")
	if t.isWeb() {
		t.host, t.port = asciiLower(u.Hostname()), u.Port()
		rest = strings.TrimPrefix(rest, "//"+u.Host)
	}
	t.path, t.query = cutQuery(rest)
	if err := t.check(u); err != nil {
		return Target{}, err
	}
	if t.port == defaultPort(t.scheme) {
		t.port = ""
	}
	if t.path == "" && t.isWeb() {
		t.path = "/"
	}
	return t, nil
}

// cutQuery works on the raw URL, so that path and query are compared as they will be
// sent and not as a parser understands them.
func cutQuery(rest string) (path, query string) {
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

// checkBytes looks at the bytes alone.
func checkBytes(raw string) error {
	if raw == "" || len(raw) > maxRedirectURL {
		return fmt.Errorf("must have 1 to %d characters", maxRedirectURL)
	}
	for i := range len(raw) {
		switch c := raw[i]; {
		case c <= ' ' || c >= 0x7f:
			return errors.New("has a space, a control or a non-ASCII character: percent-encode it")
		case c == '\\':
			return errors.New(`has a backslash, which browsers read as /`)
		case c == '#':
			return errors.New("has a fragment, which would swallow the token")
		}
	}
	return nil
}

func (t Target) check(u *url.URL) error {
	switch {
	case t.scheme == "" || u.Opaque != "" || !t.isWeb() && t.path == "":
		return errors.New("is not absolute, as in https://app.example/welcome")
	case u.User != nil:
		return errors.New("carries a user name, which hides the real host")
	case slices.Contains(forbidden, t.scheme):
		return fmt.Errorf("has the scheme %s, which leads to no app", t.scheme)
	case !t.isWeb() && !isAppScheme(t.scheme):
		return errors.New("has a scheme that no app can own")
	case t.isWeb() && !plainHost(t.host):
		return errors.New("has no host that browsers agree about")
	case strings.HasSuffix(u.Host, ":") || t.port != "" && !plainPort(t.port):
		return errors.New("has a colon and no port from 1 to 65535 after it")
	}
	return t.checkQuery()
}

// checkQuery reads names as the most generous framework would: some split at ; too,
// some ignore case, and to some token[] is token.
func (t Target) checkQuery() error {
	for pair := range strings.FieldsFuncSeq(strings.TrimPrefix(t.query, "?"), isSeparator) {
		name, _, _ := strings.Cut(pair, "=")
		decoded, err := url.QueryUnescape(name)
		if err != nil {
			return errors.New("has a query that cannot be decoded")
		}
		decoded, _, _ = strings.Cut(decoded, "[")
		for _, taken := range reserved {
			if strings.EqualFold(strings.TrimSpace(decoded), taken) {
				return fmt.Errorf("has the query parameter %s, which is reserved for the landing", taken)
			}
		}
	}
	return nil
}

func isSeparator(r rune) bool { return r == '&' || r == ';' }

// plainPort: 0443 and 65979 are 443 to some parsers.
func plainPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// plainHost: a name in lower case, or an IP literal as Go prints it. Browsers read
// 0x7f.1 and 2130706433 as addresses; here a host that ends in a number must be one
// in full.
func plainHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == "" && ip.String() == host
	}
	for i := range len(host) {
		c := host[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return !endsInNumber(host) && !slices.Contains(strings.Split(host, "."), "")
}

// isAppScheme: RFC 8252 §7.1 wants a scheme under the app's own control; a dot or a
// hyphen keeps it clear of what operating systems own. url.Parse has lowered it.
func isAppScheme(scheme string) bool { return strings.ContainsAny(scheme, ".-+") }

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

func (t Target) String() string { return t.raw }

// Host is in lower case and without port; "" where only the app knows what a host is.
func (t Target) Host() string { return t.host }

func (t Target) isWeb() bool { return t.scheme == "http" || t.scheme == "https" }

// IsNative says whether the target is an app's own scheme. Another app on the
// device may have registered it too (RFC 8252 §8.1), so PKCE is never optional.
func (t Target) IsNative() bool { return !t.isWeb() }

// Origin is where the app lives that the target leads to (RFC 6454 §6.2).
func (t Target) Origin() string {
	u := url.URL{Scheme: t.scheme, Host: t.host}
	if t.port != "" {
		u.Host = net.JoinHostPort(t.host, t.port)
	} else if strings.Contains(t.host, ":") {
		u.Host = "[" + t.host + "]"
	}
	return u.String()
}

func (t Target) isLoopback() bool {
	if t.host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(t.host)
	return err == nil && ip.IsLoopback()
}

// Landing is the URL that an opened link leads to: the target's own query stays as
// it is, byte for byte, and ours comes after it.
func (t Target) Landing(parameters url.Values) string {
	separator := "&"
	switch t.query {
	case "":
		separator = "?"
	case "?":
		separator = ""
	}
	return t.raw + separator + parameters.Encode()
}

// RedirectEntry is one line of a project's list.
type RedirectEntry struct {
	Target
	AnyQuery bool              // written as URL?*
	AnyPort  bool              // written as URL with port *, loopback only (RFC 8252 §7.3)
	Kinds    []models.LinkKind // which links may use it; empty means all
}

// standInPort takes the place of a port that an entry leaves open, so that the parser
// and not a search for :* says where a port stands.
const standInPort = "1"

// ParseRedirectEntry reads URL, URL?* (any query, byte for byte), or a loopback URL
// whose port is *.
func ParseRedirectEntry(written string, kinds []models.LinkKind) (RedirectEntry, error) {
	entry := RedirectEntry{Kinds: kinds}
	written, entry.AnyQuery = strings.CutSuffix(written, "?*")
	entry.AnyPort = strings.Contains(written, ":*")
	literal := strings.Replace(written, ":*", ":"+standInPort, 1)
	if strings.Contains(literal, "*") {
		return entry, errors.New("* may stand only for a whole query (?*) or a loopback port (:*)")
	}
	target, err := ParseTarget(literal)
	if err != nil {
		return entry, err
	}
	target.raw = written
	if entry.AnyPort && (target.port != standInPort || !target.isLoopback()) {
		return entry, errors.New("only a loopback URL may leave its port open, as in http://127.0.0.1:*/callback")
	}
	if target.scheme == "http" && !target.isLoopback() {
		return entry, errors.New("must be https: a token over plain http can be read on the way")
	}
	entry.Target = target
	return entry, nil
}

// Serves says whether links of this kind may use the entry.
func (e RedirectEntry) Serves(kind models.LinkKind) bool {
	return len(e.Kinds) == 0 || slices.Contains(e.Kinds, kind)
}

// matches compares scheme, host, port, path and query exactly, but for what the
// entry leaves open.
func (e RedirectEntry) matches(t Target) bool { return len(e.differences(t)) == 0 }

// differences names the parts in which the target is not the entry's, the weightiest
// first.
func (e RedirectEntry) differences(t Target) (parts []string) {
	for _, part := range []struct {
		name string
		same bool
	}{
		{"scheme", t.scheme == e.scheme},
		{"host", t.host == e.host},
		{"port", e.AnyPort || t.port == e.port},
		{"path", t.path == e.path},
		{"query", e.AnyQuery || t.query == e.query},
	} {
		if !part.same {
			parts = append(parts, part.name)
		}
	}
	return parts
}

// literal entries can serve as a default: they name one URL.
func (e RedirectEntry) literal() bool { return !e.AnyQuery && !e.AnyPort }

// Redirects is a project's list.
type Redirects struct {
	Entries []RedirectEntry
	// AnyLoopback takes every http and https URL of this machine; for development.
	AnyLoopback bool
}

// Check finds the target for a link of this kind: the URL asked for if the list has
// it, the list's first literal entry if none was asked for. There is no other way
// to a default: an unlisted URL is refused, never replaced.
func (r Redirects) Check(asked string, kind models.LinkKind) (Target, error) {
	if asked == "" {
		return r.fallback(kind)
	}
	target, err := ParseTarget(asked)
	if err != nil {
		return Target{}, problem.InvalidRedirectURL.With("reason", err.Error())
	}
	if !r.allows(target, kind) {
		return Target{}, problem.NoMatchForRedirectURL.With("type", string(kind))
	}
	return target, nil
}

func (r Redirects) allows(target Target, kind models.LinkKind) bool {
	if r.AnyLoopback && target.isWeb() && target.isLoopback() {
		return true
	}
	return slices.ContainsFunc(r.Entries, func(e RedirectEntry) bool {
		return e.Serves(kind) && e.matches(target)
	})
}

func (r Redirects) fallback(kind models.LinkKind) (Target, error) {
	for _, entry := range r.Entries {
		if entry.Serves(kind) && entry.literal() {
			return entry.Target, nil
		}
	}
	if !slices.ContainsFunc(r.Entries, func(e RedirectEntry) bool { return e.Serves(kind) }) && !r.AnyLoopback {
		return Target{}, noRedirectURLs(kind)
	}
	return Target{}, noDefaultRedirectURL(kind)
}

// The wire format has a type of error for each kind of link.

func noRedirectURLs(kind models.LinkKind) error {
	switch kind {
	case models.LinkSignup:
		return problem.NoSignupRedirectURLs
	case models.LinkInvite:
		return problem.NoInviteRedirectURLs
	}
	return problem.NoLoginRedirectURLs
}

func noDefaultRedirectURL(kind models.LinkKind) error {
	switch kind {
	case models.LinkSignup:
		return problem.NoDefaultSignupRedirectURL
	case models.LinkInvite:
		return problem.NoDefaultInviteRedirectURL
	}
	return problem.NoDefaultLoginRedirectURL
}
