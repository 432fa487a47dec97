package main

import (
	"net/http"
	"strings"
	"time"
)

const sessionCookie = "session"

func loginCookie(flow string) string { return "login_" + flow }

// setCookie keeps a value out of every script's reach. Lax, because the person comes from
// a mail: Strict would stay behind.
func (a *app) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: a.secure(), SameSite: http.SameSiteLaxMode,
	})
}

func (a *app) dropCookie(w http.ResponseWriter, name string) { a.setCookie(w, name, "", -time.Second) }

func (a *app) cookie(r *http.Request, name string) (value string, ok bool) {
	cookie, err := r.Cookie(a.cookieName(name))
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

// cookieName: __Host- keeps other hosts of the same domain from setting it, and needs https.
func (a *app) cookieName(name string) string {
	if a.secure() {
		return "__Host-" + name
	}
	return name
}

func (a *app) secure() bool { return strings.HasPrefix(a.origin, "https://") }
