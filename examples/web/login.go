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
		"email": email, "code_challenge": pair.Challenge, "redirect_url": string(a.site) + latchkey.Landing,
	}, new(struct{}))
	if err != nil {
		a.show(w, "home", view{Problem: words(err), Email: email})
		return
	}
	a.site.SetCookie(w, loginCookie(pair.Flow()), pair.Verifier, 7*24*time.Hour) // as long as a sign-up's link lives
	a.show(w, "sent", view{Email: email, Flow: pair.Flow()})
}

// land is where an opened link leads, and from where the browser goes on to an address
// without the token. Whoever comes without the cookie, a mail scanner or another device,
// spends nothing.
func (a *app) land(w http.ResponseWriter, r *http.Request) {
	next := "/"
	if err := a.finish(w, r, "magic_links/authenticate", map[string]any{"token": r.FormValue("token")}); err != nil {
		next = "/problem/" + kind(err)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// code is for who reads the mail on another device: its eight digits, typed where the
// login began.
func (a *app) code(w http.ResponseWriter, r *http.Request) {
	email := r.PostFormValue("email")
	err := a.finish(w, r, "otps/authenticate", map[string]any{"email": email, "code": r.PostFormValue("code")})
	if latchkey.Is(err, "unable_to_auth_otp_code") && a.signedIn(r) {
		err = nil // the second of two clicks
	}
	if err != nil {
		a.show(w, "sent", view{Problem: words(err), Email: email, Flow: r.PostFormValue("flow")})
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// sessionCookie is named for this app: on one host, ports do not keep cookies apart.
const sessionCookie = "web_session"

func loginCookie(flow string) string { return "login_" + flow }

const sessionLife = 24 * time.Hour

// spent stands in a login's cookie when it is over, for who opens the link twice, or types
// the code after it.
const spent = "spent"

// finish redeems with the flow's verifier, and gives the browser the session's cookie.
func (a *app) finish(w http.ResponseWriter, r *http.Request, path string, body map[string]any) error {
	login := loginCookie(r.FormValue("flow"))
	verifier, begun := a.site.Cookie(r, login)
	switch {
	case !begun:
		return &latchkey.Refusal{Type: "elsewhere"}
	case verifier == spent && a.signedIn(r):
		return nil
	case verifier == spent:
		return &latchkey.Refusal{Type: "unable_to_auth_magic_link"}
	}
	body["code_verifier"], body["session_duration_minutes"] = verifier, sessionLife.Minutes()
	var in latchkey.Redeemed
	if err := a.latchkey.Post(r.Context(), path, body, &in); err != nil {
		return err
	}
	a.site.SetCookie(w, sessionCookie, in.SessionToken, sessionLife)
	a.site.SetCookie(w, login, spent, sessionLife)
	return nil
}
