// Command spa serves a single-page app: three files that any web server could serve. All the
// logging in is done in the browser, by latchkey.js.
//
//	examples/run spa
package main

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

//go:embed index.html app.js app.css
var files embed.FS

func main() {
	listen := cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:3001")
	to := page{
		Latchkey:    cmp.Or(os.Getenv("LATCHKEY_URL"), "http://127.0.0.1:8080"),
		PublicToken: cmp.Or(os.Getenv("LATCHKEY_PUBLIC_TOKEN"), "public-token-test-development-only"),
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Print("open ", cmp.Or(os.Getenv("ORIGIN"), "http://"+listen))
	server := http.Server{Handler: handler(to), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}

// page is what is filled in: where Latchkey is, and the project there.
type page struct{ Latchkey, PublicToken string }

// handler answers every path with the same page, as single-page apps want it.
func handler(to page) http.Handler {
	index := template.Must(template.ParseFS(files, "index.html"))
	policy := fmt.Sprintf("default-src 'none'; script-src 'self' %[1]s; style-src 'self'; connect-src %[1]s; form-action 'none'; frame-ancestors 'none'; base-uri 'none'", to.Latchkey)
	mux := http.NewServeMux()
	mux.Handle("GET /app.js", http.FileServerFS(files))
	mux.Handle("GET /app.css", http.FileServerFS(files))
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Content-Security-Policy", policy)
		if err := index.Execute(w, to); err != nil {
			log.Print(err)
		}
	})
	return mux
}
