package main

import (
	"errors"
	"log"
	"net/http"
	"time"

	"latchkey/examples/latchkey"
)

// evenTime is the least that the answers take which could tell who has an account. It hides
// only what is faster: a Latchkey that takes longer than this shows through.
const evenTime = 300 * time.Millisecond

// forgot mails a link, and says the same to everybody.
func (a *app) forgot(w http.ResponseWriter, r *http.Request) {
	pair, email, enough := latchkey.NewPair(), r.PostFormValue("email"), time.After(evenTime)
	landing := string(a.site) + latchkey.Landing
	err := a.latchkey.Post(r.Context(), "magic_links/email/send", map[string]any{
		"email": email, "code_challenge": pair.Challenge,
		"login_magic_link_url": landing, "signup_magic_link_url": landing,
		// Both: which of them counts depends on whether the person ever came in by mail.
		"login_template_id": "reset", "signup_template_id": "reset",
		"login_expiration_minutes": resetLife.Minutes(), "signup_expiration_minutes": resetLife.Minutes(),
	}, new(struct{}))
	<-enough
	if err != nil {
		log.Print(err)
	}
	if err != nil && !tellsOfAccount(err) {
		a.show(w, "home", view{Problem: "No mail can be sent just now. Please try again in a moment.", Email: email})
		return
	}
	a.site.SetCookie(w, "reset_"+pair.Flow(), pair.Verifier, resetLife)
	a.show(w, "sent", view{Email: email, Flow: pair.Flow()})
}

// tellsOfAccount: one says that there is none, and the others are only said of addresses that
// have one. Visitors see no difference.
func tellsOfAccount(err error) bool {
	return latchkey.Is(err, "email_not_found", "too_many_requests", "inactive_email")
}

const resetLife = 30 * time.Minute

// land takes the token out of the address and spends nothing: scanners come here, too.
func (a *app) land(w http.ResponseWriter, r *http.Request) {
	flow := r.FormValue("flow")
	if _, begun := a.site.Cookie(r, "reset_"+flow); !begun {
		http.Redirect(w, r, "/reset", http.StatusSeeOther)
		return
	}
	a.site.SetCookie(w, "token_"+flow, r.FormValue("token"), resetLife)
	http.Redirect(w, r, "/reset?flow="+flow, http.StatusSeeOther)
}

// form asks for the new password, in the browser that asked for the link.
func (a *app) form(w http.ResponseWriter, r *http.Request) {
	flow := r.FormValue("flow")
	if _, landed := a.site.Cookie(r, "token_"+flow); !landed {
		a.show(w, "elsewhere", view{})
		return
	}
	a.show(w, "reset", view{Flow: flow})
}

// reset is for who opened the link.
func (a *app) reset(w http.ResponseWriter, r *http.Request) {
	flow := r.PostFormValue("flow")
	token, _ := a.site.Cookie(r, "token_"+flow)
	err := a.set(r, "magic_links/authenticate", map[string]any{"token": token})
	switch {
	case errors.Is(err, errShort):
		a.show(w, "reset", view{Flow: flow, Problem: shortWords})
	case err != nil:
		log.Print(err)
		a.show(w, "home", view{Problem: words(err)})
	default:
		a.done(w, flow)
	}
}

// code is for who reads the mail on another device: its eight digits, typed where the link
// was asked for. That they are wrong is said of addresses without an account as well.
func (a *app) code(w http.ResponseWriter, r *http.Request) {
	enough := time.After(evenTime)
	again := view{Flow: r.PostFormValue("flow"), Email: r.PostFormValue("email")}
	err := a.set(r, "otps/authenticate", map[string]any{"email": again.Email, "code": r.PostFormValue("code")})
	<-enough
	switch {
	case errors.Is(err, errShort):
		again.Problem = shortWords
	case err != nil:
		log.Print(err)
		again.Problem = "That is not the code of the newest mail, or it is too old. Look again, or ask for a new mail."
	default:
		a.done(w, again.Flow)
		return
	}
	a.show(w, "sent", again)
}

func (a *app) done(w http.ResponseWriter, flow string) {
	a.site.DropCookie(w, "reset_"+flow)
	a.site.DropCookie(w, "token_"+flow)
	a.show(w, "home", view{Notice: "Your password is set. Sign in with it."})
}

// set looks at the password first, since link and code work once. There is no session in it:
// ours begin with a password.
func (a *app) set(r *http.Request, path string, proof map[string]any) error {
	password := r.PostFormValue("password")
	if isShort(password) {
		return errShort
	}
	verifier, begun := a.site.Cookie(r, "reset_"+r.PostFormValue("flow"))
	if !begun {
		return http.ErrNoCookie
	}
	proof["code_verifier"] = verifier
	var in latchkey.Redeemed
	if err := a.latchkey.Post(r.Context(), path, proof, &in); err != nil {
		return err
	}
	return a.accounts.setPassword(in.User.ExternalID, password)
}

const shortWords = "Please take 15 characters or more."

// words is what a person reads of a password that was not set.
func words(err error) string {
	if latchkey.Is(err, "unable_to_auth_magic_link") || errors.Is(err, http.ErrNoCookie) {
		return "This link has been used, or is too old. Ask for a new one."
	}
	return "Your password could not be set. Ask for a new link, and if that does not help, tell us."
}
