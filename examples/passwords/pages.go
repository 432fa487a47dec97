package main

import (
	"log"
	"net/http"
	"strings"
	"time"
)

// view is what a page shows.
type view struct{ Email, Flow, Notice, Problem string }

func (a *app) show(w http.ResponseWriter, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := a.pages.ExecuteTemplate(w, page, v); err != nil {
		log.Print(err)
	}
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie("session"); err == nil {
		if email, ok := a.accounts.ofSession(cookie.Value); ok {
			a.show(w, "account", view{Email: email})
			return
		}
	}
	a.show(w, "home", view{})
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	email := r.PostFormValue("email")
	cookie := a.accounts.signIn(email, r.PostFormValue("password"))
	if cookie == "" {
		a.show(w, "home", view{Email: email, Problem: "Address and password do not belong together."})
		return
	}
	a.setCookie(w, "session", cookie, 24*time.Hour)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie("session"); err == nil {
		a.accounts.signOut(cookie.Value)
	}
	a.dropCookie(w, "session")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// setCookie keeps a value out of every script's reach. Lax, because the person comes from
// a mail: Strict would stay behind.
func (a *app) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: strings.HasPrefix(a.origin, "https://"), SameSite: http.SameSiteLaxMode,
	})
}

func (a *app) dropCookie(w http.ResponseWriter, name string) { a.setCookie(w, name, "", -time.Second) }
