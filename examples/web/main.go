// Command web is a server-rendered app with a back end for its front end: verifiers and
// the session's token lie in HttpOnly cookies, where no script of any page reads them.
//
//	examples/run web
package main

import (
	"cmp"
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
	pages    *template.Template
}

func main() {
	listen := cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:3002")
	a := &app{
		latchkey: latchkey.FromEnvironment(),
		site:     latchkey.Site(cmp.Or(os.Getenv("ORIGIN"), "http://"+listen)),
		pages:    template.Must(template.ParseFS(files, "pages.html")),
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Print("open ", a.site)
	log.Fatal(a.site.Serve(listener, a.handler()))
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("POST /login", a.start)
	mux.HandleFunc("GET "+latchkey.Landing, a.land)
	mux.HandleFunc("POST /code", a.code)
	mux.HandleFunc("GET /problem/{what}", a.problem)
	mux.HandleFunc("POST /logout", a.logout)
	return mux
}
