package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages assets
var files embed.FS

func (a *App) routePages(mux *http.ServeMux) {
	pages := template.Must(template.ParseFS(files, "pages/*.html"))
	mux.Handle("GET /demo/{$}", a.page(pages, "index.html"))
	mux.Handle("GET /demo/callback", a.page(pages, "callback.html"))
	// One segment, so no listing and no other folder.
	mux.HandleFunc("GET /demo/assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "assets/"+r.PathValue("name"))
	})
}

// page renders once: nothing in a page depends on who asks.
func (a *App) page(pages *template.Template, name string) http.Handler {
	var html bytes.Buffer
	err := pages.ExecuteTemplate(&html, name, map[string]string{
		"API":         a.API,
		"OtherDevice": a.API + "/other-device/" + a.ProjectID,
		"Inbox":       a.Inbox,
		"InboxHost":   strings.TrimPrefix(strings.TrimPrefix(a.Inbox, "http://"), "https://"),
	})
	if err != nil {
		panic(err) // embedded pages with data of ours: a test renders them
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(html.Bytes())
	})
}
