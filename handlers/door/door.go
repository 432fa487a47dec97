package door

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latchkey/internal/problem"
)

// Door is what all doors have in common. Its fields are set once, before use.
type Door struct {
	PublicURL string // an origin; the base of every URL we hand out
	Now       func() time.Time
	Log       *slog.Logger
}

// Engine is a door without routes. What is given runs before each request's handler,
// and for requests that match no route, too.
func (d *Door) Engine(before ...gin.HandlerFunc) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.ContextWithFallback = true
	_ = engine.SetTrustedProxies(nil) // cannot fail without proxies to parse

	engine.Use(d.identify, d.observe, d.protect, deadline)
	engine.Use(before...)
	engine.NoRoute(d.JSON(func(*gin.Context) error { return problem.RouteNotFound }))
	engine.NoMethod(d.JSON(func(*gin.Context) error { return problem.MethodNotAllowed }))
	return engine
}

// FoldSlashes takes //v1/… for /v1/…: the Go SDK asks so when its base ends in a slash.
// gin's own RemoveExtraSlash also resolves dot segments, and so would carry a request
// past a proxy that lets only /l/ through.
func FoldSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "//") {
			r.URL.Path = "/" + strings.TrimLeft(r.URL.Path, "/")
		}
		next.ServeHTTP(w, r)
	})
}
