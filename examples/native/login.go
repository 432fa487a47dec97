package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"latchkey/examples/latchkey"
)

// callback is where links lead: a scheme of the app's own. An app of yours should rather
// claim an https address (App Links, Universal Links), which nobody else can register.
const callback = "latchkey-demo://callback"

// start keeps the verifier before it asks, so that no answer can come too early.
func (a *app) start(ctx context.Context, email string) error {
	pair := latchkey.NewPair()
	a.state.begin(login{Flow: pair.Flow(), Email: email, Verifier: pair.Verifier})
	if err := a.state.save(); err != nil {
		return err
	}
	err := a.door.post(ctx, "magic_links/email/login_or_create", "", map[string]any{
		"email": email, "code_challenge": pair.Challenge, "redirect_url": callback,
	}, new(struct{}))
	if refusal := new(latchkey.Refusal); errors.As(err, &refusal) && refusal.Status < 500 {
		a.state.forget(pair.Flow()) // no mail went out: the login before is the latest again
		return errors.Join(err, a.state.save())
	}
	if err != nil {
		return err
	}
	fmt.Println(onItsWay(email))
	return nil
}

// onItsWay says what the system would do, were this an app that is installed.
func onItsWay(email string) string {
	return "A link is on its way to " + email + `. Open it on this device. No app has registered ` + callback + `,
so the page's button does nothing: copy its address, and pass it on in quotes:

  go run ./examples/native '` + callback + `?…'

Or run this again with the code from the mail.`
}

// opened is what the system calls with the address that a link led to.
func (a *app) opened(ctx context.Context, address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return errors.New("this is not an address that a link leads to")
	}
	begun, ok := a.state.login(parsed.Query().Get("flow"))
	if !ok {
		return errors.New("this link was asked for on another device, or has been used: open it there, or type the code from the mail there")
	}
	return a.finish(ctx, begun, "magic_links/authenticate", map[string]any{"token": parsed.Query().Get("token")})
}

// typed is the way in for who reads the mail on another device.
func (a *app) typed(ctx context.Context, code string) error {
	begun, ok := a.state.latest()
	if !ok {
		return errors.New("no login was begun here: begin with your address")
	}
	return a.finish(ctx, begun, "otps/authenticate", map[string]any{"email": begun.Email, "code": code})
}

func (a *app) finish(ctx context.Context, begun login, path string, body map[string]any) error {
	body["code_verifier"], body["session_duration_minutes"] = begun.Verifier, 60
	var in latchkey.Redeemed
	if err := a.door.post(ctx, path, "", body, &in); err != nil {
		return err
	}
	a.state.finish(begun.Flow, in.SessionToken)
	fmt.Println("Signed in as " + begun.Email + ".")
	return a.state.save()
}

func (a *app) whoami(ctx context.Context) error {
	if a.state.SessionToken == "" {
		return errors.New("nobody is signed in: begin with your address")
	}
	var in latchkey.Redeemed
	if err := a.door.post(ctx, "sessions/authenticate", a.state.SessionToken, map[string]any{}, &in); err != nil {
		return err
	}
	fmt.Println("Signed in as " + in.User.Email() + ".")
	return nil
}

// signOut forgets the session only when Latchkey has ended it, or had before.
func (a *app) signOut(ctx context.Context) error {
	if a.state.SessionToken == "" {
		fmt.Println("Nobody is signed in.")
		return nil
	}
	err := a.door.post(ctx, "sessions/revoke", a.state.SessionToken, map[string]any{}, new(struct{}))
	if err != nil && !latchkey.Is(err, "session_not_found", "invalid_session_token") {
		return err
	}
	a.state.SessionToken = ""
	fmt.Println("Signed out.")
	return a.state.save()
}
