package demo

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// No inline script or style and nothing foreign: a link's token passes through
// these pages.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard refuses requests that no page of ours makes, and sets the headers that
// every answer carries.
func (a *App) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		switch {
		case !a.isOurs(r.Host):
			http.Error(w, "Open the demo at "+a.API+"/demo/.", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !sameOrigin(r):
			writeRefusal(w, errCrossOrigin)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isOurs says whether host is one we are served under: the API's, or loopback.
// Any web page can point a name of its own at 127.0.0.1 and would then be of
// our origin (DNS rebinding).
func (a *App) isOurs(host string) bool {
	if api, err := url.Parse(a.API); err == nil && host == api.Host {
		return true
	}
	name := (&url.URL{Host: host}).Hostname()
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// sameOrigin asks more than http.CrossOriginProtection, which lets through what
// bears neither header: nothing but our own pages has business here.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host == r.Host
}

// origin is where the person's browser sees us. The link must come back to the
// same one, because that is where the verifier lies: 127.0.0.1 and localhost
// share no storage. guard has seen to it that the host is ours, and Latchkey
// mails nothing whose redirect URL is not in the project's list.
func (a *App) origin(r *http.Request) string {
	if api, err := url.Parse(a.API); err == nil && r.Host == api.Host {
		return api.Scheme + "://" + api.Host
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// clientAttributes is what Latchkey is told of the person's browser, for the
// mail to say who asked.
func clientAttributes(r *http.Request) attributes {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	return attributes{IPAddress: ip, UserAgent: r.UserAgent()}
}
