// Command passwords is an app that keeps passwords of its own, and lets Latchkey prove who
// may set a new one: whoever reads the mailbox and is the one who asked.
//
//	examples/run passwords
package main

import (
	"cmp"
	"context"
	"embed"
	"html/template"
	"log"
	"net"
	"net/http"
	"os"

	"latchkey/examples/latchkey"
)

//go:embed pages.html
var files embed.FS

// app is the whole of it.
type app struct {
	latchkey latchkey.Client
	site     latchkey.Site // this app's own origin
	accounts *accounts
	pages    *template.Template
}

// There is one account, so that there is something to see.
const (
	firstAddress  = "ada@example.com"
	firstPassword = "a password that was forgotten"
)

func main() {
	listen := cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:3004")
	a := &app{
		latchkey: latchkey.FromEnvironment(),
		site:     latchkey.Site(cmp.Or(os.Getenv("ORIGIN"), "http://"+listen)),
		accounts: newAccounts(),
		pages:    template.Must(template.ParseFS(files, "pages.html")),
	}
	if err := a.register(context.Background(), firstAddress, firstPassword); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("open %s and sign in as %s, or don't: the password is %q", a.site, firstAddress, firstPassword)
	log.Fatal(a.site.Serve(listener, a.handler()))
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("POST /forgot", a.forgot)
	mux.HandleFunc("POST /code", a.code)
	mux.HandleFunc("GET "+latchkey.Landing, a.land)
	mux.HandleFunc("GET /reset", a.form)
	mux.HandleFunc("POST /reset", a.reset)
	return mux
}
