package main

import (
	"log"
	"net/http"
	"time"
)

// sessionCookie is named for this app: on one host, ports do not keep cookies apart.
const sessionCookie = "passwords_session"

// view is what a page shows.
type view struct{ Email, Flow, Notice, Problem string }

func (a *app) show(w http.ResponseWriter, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := a.pages.ExecuteTemplate(w, page, v); err != nil {
		log.Print(err)
	}
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	if cookie, ok := a.site.Cookie(r, sessionCookie); ok {
		if email, ok := a.accounts.ofSession(cookie); ok {
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
	a.site.SetCookie(w, sessionCookie, cookie, 24*time.Hour)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, ok := a.site.Cookie(r, sessionCookie); ok {
		a.accounts.signOut(cookie)
	}
	a.site.DropCookie(w, sessionCookie)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
