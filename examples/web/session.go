package main

import (
	"net/http"

	"latchkey/examples/latchkey"
)

// home asks Latchkey each time, so that a session which was ended elsewhere ends here. An
// app with more to do would verify the session's JWT, for five minutes at a time.
func (a *app) home(w http.ResponseWriter, r *http.Request) {
	token, ok := a.site.Cookie(r, sessionCookie)
	if !ok {
		a.show(w, "home", view{})
		return
	}
	var in latchkey.Redeemed
	err := a.latchkey.Post(r.Context(), "sessions/authenticate", map[string]any{"session_token": token}, &in)
	switch {
	case err == nil:
		a.show(w, "account", view{Email: in.User.Email()})
	case isOver(err):
		a.site.DropCookie(w, sessionCookie)
		a.show(w, "home", view{})
	default:
		a.show(w, "problem", view{Problem: words(err)})
	}
}

// logout ends the session at Latchkey first: forgotten only here, it would go on.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	token, _ := a.site.Cookie(r, sessionCookie)
	err := a.latchkey.Post(r.Context(), "sessions/revoke", map[string]any{"session_token": token}, new(struct{}))
	if err != nil && !isOver(err) && token != "" {
		a.show(w, "problem", view{Problem: words(err)})
		return
	}
	a.site.DropCookie(w, sessionCookie)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) signedIn(r *http.Request) bool {
	_, ok := a.site.Cookie(r, sessionCookie)
	return ok
}
