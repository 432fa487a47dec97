package latchkey

import (
	"net"
	"net/http"
	"strings"
	"time"
)

// Site is the origin of a web app, as in https://app.example.com, and what each of its pages
// needs while it logs people in.
type Site string

// Landing is the path where opened links lead.
const Landing = "/authenticate"

// Serve answers until the listener fails. Who sends no headers is not waited for.
func (s Site) Serve(listener net.Listener, pages http.Handler) error {
	server := http.Server{Handler: s.private(http.NewCrossOriginProtection().Handler(pages)), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// private: the landing's address has a token for a moment, which neither a cache nor the next
// page is to learn. Elsewhere no-referrer would do harm: browsers that send no
// Sec-Fetch-Site would send "Origin: null" with our own forms, as a foreign site's could.
func (s Site) private(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "same-origin")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
		if r.URL.Path == Landing {
			w.Header().Set("Referrer-Policy", "no-referrer")
			if r.Method == http.MethodHead { // which the mux takes for a GET, and nobody would see the answer
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
		}
		pages.ServeHTTP(w, r)
	})
}

// SetCookie keeps a value out of every script's reach. Lax, because the person comes from
// a mail: Strict would stay behind.
func (s Site) SetCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// DropCookie takes a value back.
func (s Site) DropCookie(w http.ResponseWriter, name string) { s.SetCookie(w, name, "", -time.Second) }

// Cookie is the value that SetCookie left.
func (s Site) Cookie(r *http.Request, name string) (value string, ok bool) {
	cookie, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

// cookieName: __Host- keeps other hosts of the same domain from setting it, and needs https.
func (s Site) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

func (s Site) secure() bool { return strings.HasPrefix(string(s), "https://") }
