package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"latchkey/examples/latchkey"
)

// register makes an account, and tells Latchkey of it by our own name for the person.
func (a *app) register(ctx context.Context, email, password string) error {
	id, err := a.accounts.add(email, password)
	if err != nil {
		return err
	}
	err = a.latchkey.Post(ctx, "users", map[string]any{"email": email, "external_id": id}, new(struct{}))
	if is(err, "duplicate_email") {
		return nil // it was told before
	}
	return err
}

// forgotTime is how long every answer to "I forgot my password" takes, so that the time
// does not tell who has an account.
const forgotTime = 300 * time.Millisecond

// forgot mails a link, and says the same to everybody.
func (a *app) forgot(w http.ResponseWriter, r *http.Request) {
	pair, email, enough := latchkey.NewPair(), r.PostFormValue("email"), time.After(forgotTime)
	err := a.latchkey.Post(r.Context(), "magic_links/email/send", map[string]any{
		"email": email, "code_challenge": pair.Challenge,
		"login_magic_link_url": a.origin + "/authenticate", "signup_magic_link_url": a.origin + "/authenticate",
		// Both: which of them counts depends on whether the person ever came in by mail.
		"login_template_id": "reset", "signup_template_id": "reset",
		"login_expiration_minutes": resetLife.Minutes(), "signup_expiration_minutes": resetLife.Minutes(),
	}, new(struct{}))
	<-enough
	if err != nil && !is(err, "email_not_found") {
		log.Print(err)
		a.show(w, "home", view{Problem: "No mail can be sent just now. Please try again in a moment.", Email: email})
		return
	}
	a.setCookie(w, "reset_"+pair.Flow(), pair.Verifier, resetLife)
	a.show(w, "sent", view{Email: email})
}

const resetLife = 30 * time.Minute

// land takes the token out of the address and spends nothing: scanners come here, too.
func (a *app) land(w http.ResponseWriter, r *http.Request) {
	flow := r.FormValue("flow")
	if _, err := r.Cookie("reset_" + flow); err != nil {
		http.Redirect(w, r, "/reset", http.StatusSeeOther)
		return
	}
	a.setCookie(w, "token_"+flow, r.FormValue("token"), resetLife)
	http.Redirect(w, r, "/reset?flow="+flow, http.StatusSeeOther)
}

// form asks for the new password, in the browser that asked for the link.
func (a *app) form(w http.ResponseWriter, r *http.Request) {
	flow := r.FormValue("flow")
	if _, err := r.Cookie("token_" + flow); err != nil {
		a.show(w, "elsewhere", view{})
		return
	}
	a.show(w, "reset", view{Flow: flow})
}

// reset checks the password first, since the link works once.
func (a *app) reset(w http.ResponseWriter, r *http.Request) {
	flow, password := r.PostFormValue("flow"), r.PostFormValue("password")
	if len(password) < minPassword {
		a.show(w, "reset", view{Flow: flow, Problem: "Please take 15 characters or more."})
		return
	}
	account, err := a.redeem(r, flow)
	if err == nil {
		err = a.accounts.setPassword(account, password)
	}
	if err != nil {
		log.Print(err)
		a.show(w, "home", view{Problem: "This link has been used, or is too old. Ask for a new one."})
		return
	}
	a.dropCookie(w, "reset_"+flow)
	a.dropCookie(w, "token_"+flow)
	a.show(w, "home", view{Notice: "Your password is set. Sign in with it."})
}

// redeem asks whose link it is. There is no session in it: ours begin with a password.
func (a *app) redeem(r *http.Request, flow string) (account string, err error) {
	token, errToken := r.Cookie("token_" + flow)
	verifier, errVerifier := r.Cookie("reset_" + flow)
	if err := errors.Join(errToken, errVerifier); err != nil {
		return "", err
	}
	var in latchkey.Redeemed
	err = a.latchkey.Post(r.Context(), "magic_links/authenticate",
		map[string]any{"token": token.Value, "code_verifier": verifier.Value}, &in)
	return in.User.ExternalID, err
}

func is(err error, kind string) bool {
	refusal := new(latchkey.Refusal)
	return errors.As(err, &refusal) && refusal.Type == kind
}
