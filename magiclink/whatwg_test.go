package magiclink

import (
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This file reads URLs a second time, by the URL standard that browsers follow
// (https://url.spec.whatwg.org, "basic URL parser" without a base) and by no parser
// of Go's, to hold ParseTarget against it: both must see the same place.
//
// It knows the schemes http and https as special, and all others but file as not.
// It maps no Unicode: a host outside ASCII is a failure here, as no such URL may be
// taken, and an A-label is taken as it stands.

// reading is what a browser sees.
type reading struct {
	scheme, host, port string // port is "" for the scheme's default
	credentials        bool
	opaque             bool // neither host nor path segments: mailto:ada
	rest               string
}

var errReading = errors.New("not a URL to a browser")

func readAsBrowser(raw string) (r reading, err error) {
	raw = strings.TrimFunc(raw, func(c rune) bool { return c <= ' ' })
	raw = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(raw)
	scheme, rest, found := strings.Cut(raw, ":")
	if !found || !isScheme(scheme) {
		return r, errReading
	}
	r.scheme = foldASCII(scheme)
	rest, _, _ = strings.Cut(rest, "#")
	if r.isSpecial() {
		return r, r.readAuthority(strings.TrimLeft(rest, `/\`), `/\?`)
	}
	switch {
	case strings.HasPrefix(rest, "//"):
		return r, r.readAuthority(rest[2:], "/?")
	case !strings.HasPrefix(rest, "/"):
		r.opaque = true
	}
	r.rest = rest
	return r, nil
}

func isScheme(s string) bool {
	for i, c := range s {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return false
		}
	}
	return s != ""
}

func (r *reading) isSpecial() bool { return r.scheme == "http" || r.scheme == "https" }

func (r *reading) readAuthority(s, ends string) error {
	end := strings.IndexAny(s, ends)
	if end < 0 {
		end = len(s)
	}
	authority := s[:end]
	r.rest = s[end:]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		r.credentials, authority = true, authority[at+1:]
	}
	host, port := splitPort(authority)
	if err := r.readPort(port); err != nil {
		return err
	}
	return r.readHost(host, authority != host)
}

// splitPort splits at the first colon outside brackets.
func splitPort(authority string) (host, port string) {
	inside := false
	for i, c := range authority {
		switch {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case c == ':' && !inside:
			return authority[:i], authority[i+1:]
		}
	}
	return authority, ""
}

func (r *reading) readPort(digits string) error {
	if digits == "" {
		return nil
	}
	if strings.Trim(digits, "0123456789") != "" {
		return errReading
	}
	port, err := strconv.Atoi(digits)
	if err != nil || port > math.MaxUint16 {
		return errReading
	}
	if defaults := map[string]int{"http": 80, "https": 443}; defaults[r.scheme] != port {
		r.port = strconv.Itoa(port)
	}
	return nil
}

func (r *reading) readHost(host string, hasPort bool) (err error) {
	switch {
	case host == "" && (r.isSpecial() || hasPort):
		return errReading
	case strings.HasPrefix(host, "["):
		r.host, err = readIPv6(host)
	case r.isSpecial():
		r.host, err = readDomain(host)
	case strings.ContainsAny(host, "\x00\t\n\r #/:<>?@[\\]^|"):
		err = errReading
	default:
		r.host = host
	}
	return err
}

func readDomain(host string) (string, error) {
	domain := foldASCII(percentDecode(host))
	if strings.ContainsFunc(domain, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune("#/:<>?@[\\]^|%", c)
	}) {
		return "", errReading
	}
	if !lastIsNumber(domain) {
		return domain, nil
	}
	return readIPv4(domain)
}

func percentDecode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// lastIsNumber is the standard's "ends in a number checker".
func lastIsNumber(domain string) bool {
	parts := strings.Split(domain, ".")
	if parts[len(parts)-1] == "" {
		if len(parts) == 1 {
			return false
		}
		parts = parts[:len(parts)-1]
	}
	last := parts[len(parts)-1]
	if last != "" && strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, err := readNumber(last)
	return err == nil
}

// readNumber is the standard's "IPv4 number parser".
func readNumber(s string) (uint64, error) {
	base := 10
	switch {
	case s == "":
		return 0, errReading
	case strings.HasPrefix(s, "0x"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, nil
	}
	if strings.ContainsAny(s, "+-_") {
		return 0, errReading
	}
	return strconv.ParseUint(s, base, 64)
}

// readIPv4 is the standard's "IPv4 parser": 127.1, 0x7f.1 and 2130706433 are one.
func readIPv4(domain string) (string, error) {
	parts := strings.Split(strings.TrimSuffix(domain, "."), ".")
	if len(parts) > 4 {
		return "", errReading
	}
	var address uint64
	for i, part := range parts {
		n, err := readNumber(part)
		if err != nil {
			return "", err
		}
		if i < len(parts)-1 {
			if n > 255 {
				return "", errReading
			}
			address |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return "", errReading
		}
		address |= n
	}
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(address)))).String(), nil
}

// readIPv6 is the standard's "IPv6 parser", but for the form with dots, which it
// leaves to readEmbedded. A zone is a failure, as in the standard.
func readIPv6(host string) (string, error) {
	if len(host) < 2 || host[len(host)-1] != ']' {
		return "", errReading
	}
	host = host[1 : len(host)-1]
	head, tail, compressed := strings.Cut(host, "::")
	front, err := readPieces(head, !compressed)
	if err != nil {
		return "", err
	}
	back, err := readPieces(tail, true)
	if err != nil {
		return "", err
	}
	zeros := 8 - len(front) - len(back)
	if compressed && zeros < 1 || !compressed && zeros != 0 {
		return "", errReading
	}
	var b []byte
	for _, piece := range slices.Concat(front, make([]uint16, zeros), back) {
		b = binary.BigEndian.AppendUint16(b, piece)
	}
	return string(b), nil
}

func readPieces(s string, last bool) (pieces []uint16, err error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, ":")
	for i, part := range parts {
		if strings.Contains(part, ".") && last && i == len(parts)-1 {
			embedded, err := readEmbedded(part)
			return append(pieces, embedded...), err
		}
		n, err := strconv.ParseUint(part, 16, 16)
		if err != nil || len(part) > 4 {
			return nil, errReading
		}
		pieces = append(pieces, uint16(n))
	}
	return pieces, nil
}

// readEmbedded reads the last 32 bits of an address in decimal, without noughts in
// front.
func readEmbedded(s string) ([]uint16, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return nil, errReading
	}
	var b [4]uint16
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || strconv.Itoa(int(n)) != part {
			return nil, errReading
		}
		b[i] = uint16(n)
	}
	return []uint16{b[0]<<8 | b[1], b[2]<<8 | b[3]}, nil
}

func TestReadAsBrowser(t *testing.T) {
	for raw, want := range map[string]string{
		"https://App.Example/x":         "https app.example ",
		"https:app.example":             "https app.example ",
		"https:/\\//app.example":        "https app.example ",
		" ht\ntps://app.exa\tmple ":     "https app.example ",
		"https://app.example\\@evil/":   "https app.example ",
		"https://app.example@evil.test": "https evil.test ",
		"https://a@b@evil.test:443":     "https evil.test ",
		"http://evil.test:443":          "http evil.test 443",
		"https://x:0443":                "https x ",
		"https://x:":                    "https x ",
		"https://%61pp.example":         "https app.example ",
		"https://0x7f.1/":               "https 127.0.0.1 ",
		"https://2130706433":            "https 127.0.0.1 ",
		"https://017700000001":          "https 127.0.0.1 ",
		"https://127.0.0.1.":            "https 127.0.0.1 ",
		"com.example:/x":                "com.example  ",
		"com.example://Host:80/x":       "com.example Host 80",
	} {
		r, err := readAsBrowser(raw)
		if got := r.scheme + " " + r.host + " " + r.port; err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{
		"", "x", "/x", "1x:y", "https://", "https://:80", "https://x:80:80", "https://x:65536", "https://x:a", "https://a b",
		"https://a%00b", "https://a%2fb", "https://1.2.3.256", "https://1.2.3.4.5", "https://[::1", "https://[1::2::3]",
		"https://[::1%25eth0]", "https://[1:2:3:4:5:6:7]", "https://[::1.2.3.04]", "https://[12345::]", "https://[1.2.3.4::]",
	} {
		if r, err := readAsBrowser(raw); err == nil {
			t.Errorf("%q: got %+v, want a failure", raw, r)
		}
	}
	mapped, err := readAsBrowser("https://[::ffff:127.0.0.1]:8443/")
	if want := netip.MustParseAddr("::ffff:7f00:1").As16(); err != nil || mapped.host != string(want[:]) {
		t.Errorf("got %x, %v, want %x", mapped.host, err, want)
	}
}

// checkReading holds a target against what a browser sees in it. An app's own scheme
// has no host and no port to disagree about: such a target is compared as a whole.
func checkReading(t *testing.T, target Target) {
	t.Helper()
	r, err := readAsBrowser(target.raw)
	switch {
	case err != nil && target.isWeb():
		t.Errorf("%q: read as %+v, but %v", target.raw, target, err)
	case err != nil:
		return
	case r.scheme != target.scheme || r.credentials || r.opaque,
		target.isWeb() && (r.host != hostBytes(target.host) || r.port != target.port):
		t.Errorf("%q: read as %+v, a browser reads %+v", target.raw, target, r)
	}
}

// hostBytes spells an IPv6 address as readAsBrowser does.
func hostBytes(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		b := ip.As16()
		return string(b[:])
	}
	return host
}

// FuzzRedirectMatch: what ParseTarget takes, a browser reads alike. No entry matches
// a URL of another origin, path or, without ?*, query. The landing leads to the same
// place, and begins with the URL as it was asked for.
func FuzzRedirectMatch(f *testing.F) {
	f.Fuzz(func(t *testing.T, written, asked string) {
		target, err := ParseTarget(asked)
		if err != nil {
			return
		}
		checkReading(t, target)
		landing, err := ParseTarget(target.Landing(nil) + "x=1")
		if len(asked) < maxRedirectURL-10 && (err != nil || landing.scheme != target.scheme || landing.host != target.host || landing.port != target.port) {
			t.Errorf("%q lands on %+v, %v", asked, landing, err)
		}
		e, err := ParseRedirectEntry(written, nil)
		if err != nil || !e.matches(target) {
			return
		}
		if target.isWeb() {
			checkMatch(t, written, asked)
		} else {
			checkNativeMatch(t, written, asked)
		}
	})
}

func checkNativeMatch(t *testing.T, written, asked string) {
	t.Helper()
	if strings.HasSuffix(written, "?*") {
		written, _, _ = strings.Cut(written, "?")
		asked, _, _ = strings.Cut(asked, "?")
	}
	listedScheme, listed, _ := strings.Cut(written, ":")
	scheme, got, _ := strings.Cut(asked, ":")
	if !strings.EqualFold(scheme, listedScheme) || got != listed {
		t.Errorf("%q matches %q", asked, written)
	}
}

func checkMatch(t *testing.T, written, asked string) {
	t.Helper()
	written, anyQuery := strings.CutSuffix(written, "?*")
	anyPort := strings.Contains(written, ":*")
	listed, err := readAsBrowser(strings.Replace(written, ":*", "", 1))
	if err != nil {
		t.Fatalf("entry %q: %v", written, err)
	}
	got, err := readAsBrowser(asked)
	fatal(t, err)
	listedPath, listedQuery, _ := strings.Cut(pathOf(listed), "?")
	path, query, _ := strings.Cut(pathOf(got), "?")
	if got.scheme != listed.scheme || got.host != listed.host || path != listedPath {
		t.Errorf("%q matches %q", asked, written)
	}
	if got.port != listed.port && !(anyPort && isThisMachine(got.host)) {
		t.Errorf("%q matches %q by its port", asked, written)
	}
	if query != listedQuery && !anyQuery {
		t.Errorf("%q matches %q by its query", asked, written)
	}
}

func isThisMachine(host string) bool {
	if ip, ok := netip.AddrFromSlice([]byte(host)); ok && len(host) == 16 {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasPrefix(host, "127.")
}

// pathOf has the slash that a web URL without a path is given.
func pathOf(r reading) string {
	if r.isSpecial() && !strings.HasPrefix(r.rest, "/") {
		return "/" + r.rest
	}
	return r.rest
}
