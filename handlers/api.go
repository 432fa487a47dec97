package handlers

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/session"
	"latchkey/templates"
)

// Project is what the door knows of a project: whom to let in.
type Project struct {
	ID           string
	SecretHashes [][sha256.Size]byte
}

// API is the native wire format and the pages a mailed link leads to. Its fields
// are set once, before Handler is called.
type API struct {
	Links     *magiclink.Service
	Sessions  *session.Service
	Projects  map[string]Project
	Pages     *templates.Set
	PublicURL string // an origin; the base of every URL we hand out
	Readiness func(context.Context) Readiness
	Now       func() time.Time
	Log       *slog.Logger
}

// Handler builds the routes.
func (a *API) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.ContextWithFallback = true
	_ = engine.SetTrustedProxies(nil) // cannot fail without proxies to parse

	engine.Use(a.identify, a.observe, a.protect, deadline)
	engine.NoRoute(a.json(func(*gin.Context) error { return problem.RouteNotFound }))
	engine.NoMethod(a.json(func(*gin.Context) error { return problem.MethodNotAllowed }))
	a.routes(engine)
	return foldSlashes(engine)
}

// foldSlashes takes //v1/… for /v1/…: the Go SDK asks so when its base ends in a slash.
// gin's own RemoveExtraSlash also resolves dot segments, and so would carry a request
// past a proxy that lets only /l/ through.
func foldSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "//") {
			r.URL.Path = "/" + strings.TrimLeft(r.URL.Path, "/")
		}
		next.ServeHTTP(w, r)
	})
}

func (a *API) routes(engine *gin.Engine) {
	readable(engine, "/healthz", a.json(a.healthz))
	readable(engine, "/readyz", a.json(a.readyz))
	readable(engine, "/l/:token", a.page(a.open))
	readable(engine, "/errors", a.page(a.errors))
	readable(engine, "/assets/:file", a.page(a.asset))
	readable(engine, "/v1/sessions/jwks/:project_id", a.json(a.jwks))

	v1 := engine.Group("/v1", a.json(a.authenticate))
	v1.POST("/magic_links/email/login_or_create", a.json(a.start))
	v1.POST("/magic_links/authenticate", a.json(a.redeem))
	v1.POST("/otps/authenticate", a.json(a.redeemCode))
	v1.POST("/sessions/authenticate", a.json(a.authenticateSession))
	v1.POST("/sessions/revoke", a.json(a.revokeSession))
}

// readable registers GET and HEAD: gin does not answer HEAD by itself.
func readable(engine *gin.Engine, path string, handler gin.HandlerFunc) {
	engine.GET(path, handler)
	engine.HEAD(path, handler)
}

// ErrorURL is where the documentation of a type of problem is found: this very
// service serves it, so that it always fits the version in use.
func (a *API) errorURL(p *problem.Problem) string {
	return strings.TrimSuffix(a.PublicURL, "/") + "/errors#" + p.Type
}
