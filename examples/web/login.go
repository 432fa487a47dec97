package main

import (
	"net/http"
	"time"

	"latchkey/examples/latchkey"
)

// start mails a link, and leaves the verifier with the browser that asked: a cookie for
// each flow, so that two tabs with two addresses keep out of each other's way.
func (a *app) start(w http.ResponseWriter, r *http.Request) {
	pair, email := latchkey.NewPair(), r.PostFormValue("email")
	err := a.latchkey.Post(r.Context(), "magic_links/email/login_or_create", map[string]any{
		"email": email, "code_challenge": pair.Challenge, "redirect_url": a.origin + "/authenticate",
	}, new(struct{}))
	if err != nil {
		a.show(w, "home", view{Problem: words(err), Email: email})
		return
	}
	a.setCookie(w, loginCookie(pair.Flow()), pair.Verifier, 7*24*time.Hour) // as long as a sign-up's link lives
	a.show(w, "sent", view{Email: email, Flow: pair.Flow()})
}

// land is where an opened link leads, and from where the browser goes on to an address
// without the token. Whoever comes without the cookie, a mail scanner or another device,
// spends nothing.
func (a *app) land(w http.ResponseWriter, r *http.Request) {
	next := "/"
	switch verifier, ok := a.cookie(r, loginCookie(r.FormValue("flow"))); {
	case ok:
		body := map[string]any{"token": r.FormValue("token"), "code_verifier": verifier}
		if err := a.finish(w, r, "magic_links/authenticate", body); err != nil {
			next = "/problem/" + kind(err)
		}
	case !a.signedIn(r): // who is has followed the link twice
		next = "/problem/elsewhere"
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// code is for who reads the mail on another device: its eight digits, typed where the
// login began.
func (a *app) code(w http.ResponseWriter, r *http.Request) {
	flow, email := r.PostFormValue("flow"), r.PostFormValue("email")
	verifier, _ := a.cookie(r, loginCookie(flow))
	body := map[string]any{"email": email, "code": r.PostFormValue("code"), "code_verifier": verifier}
	if err := a.finish(w, r, "otps/authenticate", body); err != nil {
		a.show(w, "sent", view{Problem: words(err), Email: email, Flow: flow})
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

const sessionLife = 24 * time.Hour

// finish redeems, and trades the verifier's cookie for the session's.
func (a *app) finish(w http.ResponseWriter, r *http.Request, path string, body map[string]any) error {
	body["session_duration_minutes"] = sessionLife.Minutes()
	var in latchkey.Redeemed
	if err := a.latchkey.Post(r.Context(), path, body, &in); err != nil {
		return err
	}
	a.setCookie(w, sessionCookie, in.SessionToken, sessionLife)
	a.dropCookie(w, loginCookie(r.FormValue("flow")))
	return nil
}
