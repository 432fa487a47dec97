package demo

import (
	"net/http"
	"time"
)

// App is the demo. All fields but Inbox and Client must be set.
type App struct {
	API       string // base URL of Latchkey's API: http://127.0.0.1:8080
	ProjectID string
	Secret    string

	// Inbox is the base URL of the page that shows caught mail. Empty where
	// another catcher is in use: then the demo can't tell when mail arrives,
	// and asks for the link to attack.
	Inbox string

	Client *http.Client // for calls to API and Inbox; a plain one if nil
}

// Handler serves /demo/ and everything below.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	a.routePages(mux)
	a.routeEndpoints(mux)
	return a.guard(mux)
}

func (a *App) routeEndpoints(mux *http.ServeMux) {
	mux.Handle("POST /demo/api/start", endpoint(a.start))
	mux.Handle("POST /demo/api/mail", endpoint(a.mail))
	mux.Handle("POST /demo/api/attack", endpoint(a.attack))
	mux.Handle("POST /demo/api/finish", endpoint(a.finish))
	mux.Handle("POST /demo/api/code", endpoint(a.finishByCode))
	mux.Handle("GET /demo/api/session", endpoint(a.session))
	mux.Handle("POST /demo/api/signout", endpoint(a.signOut))
}

// Longer than the wait for a mail, shorter than any server's WriteTimeout.
const clientTimeout = mailWait + 5*time.Second

// client follows no redirect and keeps no cookie: an API that answers with
// either is not the one we know, and an attacker starts with nothing.
func (a *App) client() *http.Client {
	c := &http.Client{Timeout: clientTimeout}
	if a.Client != nil {
		c.Transport = a.Client.Transport
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	return c
}
