package catcher

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// guard keeps other web pages away from the links in the mails: by name (DNS
// rebinding makes a foreign page's own host resolve to loopback) and by origin.
func (c *Catcher) guard(next http.Handler) http.Handler {
	// Sec-Fetch-Site decides, Origin only where it is missing; a tool that
	// sends neither is no browser, and is let through.
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "This comes from another origin: only the inbox's own page may change something here.")
	}))
	next = origins.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if !c.knows(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "This inbox answers on localhost and loopback addresses only, not under this Host.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knows says whether host, as a request names it, is one of ours.
func (c *Catcher) knows(host string) bool {
	if c.config.AllowRemote {
		return true
	}
	name := hostname(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(c.config.Hosts, func(known string) bool {
		return hostname(known) == name
	})
}

// hostname is host without port, brackets, case and the root's dot.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(asciiLower(host), ".")
}
