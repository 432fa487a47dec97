package main

import (
	"errors"
	"log"
	"net/http"

	"latchkey/examples/latchkey"
)

// view is what a page shows.
type view struct{ Email, Flow, Problem string }

func (a *app) show(w http.ResponseWriter, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := a.pages.ExecuteTemplate(w, page, v); err != nil {
		log.Print(err)
	}
}

// problem is where a link leads that led nowhere.
func (a *app) problem(w http.ResponseWriter, r *http.Request) {
	what, known := problems[r.PathValue("what")]
	if !known {
		what = somethingElse
	}
	a.show(w, "problem", view{Problem: what})
}

// problems are what can become of a link, in our words: each says what to do.
var problems = map[string]string{
	"elsewhere":                   elsewhere,
	"pkce_expected_code_verifier": elsewhere,
	"unable_to_auth_magic_link":   "This link has been used, or is too old. Ask for a new one.",
	"magic_link_not_found":        "This is not a link of ours. Perhaps a part of it is missing: copy it as a whole.",
	"pkce_mismatch":               "This link does not belong to the login that began here. Ask for a new one.",
	"no_code_arguments":           badCode,
	"invalid_code":                badCode,
	"unable_to_auth_otp_code":     "That is not the code of the newest mail, or it is too old. Look again, or ask for a new mail.",
	"too_many_requests":           "Too many tries. Wait a while, or use the link in the mail.",
}

const elsewhere = "This link was asked for in another browser. Open it there, or type the code from the mail there. " +
	"Nothing was used up by opening it here."

const badCode = "A code is the eight digits that the mail shows."

const somethingElse = "That did not work. Please try again in a moment."

// words is what a person reads of an error.
func words(err error) string {
	refusal := new(latchkey.Refusal)
	if !errors.As(err, &refusal) {
		log.Print(err)
		return somethingElse
	}
	if what, known := problems[refusal.Type]; known {
		return what
	}
	return refusal.Message
}

// kind names an error in an address.
func kind(err error) string {
	refusal := new(latchkey.Refusal)
	if errors.As(err, &refusal) {
		return refusal.Type
	}
	log.Print(err)
	return "unreachable"
}

// isOver says whether the session was ended, here or elsewhere. A token that cannot be read
// opens none either.
func isOver(err error) bool {
	return latchkey.Is(err, "session_not_found", "invalid_session_token")
}
