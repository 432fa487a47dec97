package door

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"latchkey/internal/problem"
)

// Door is what all doors have in common. Its fields are set once, before use.
type Door struct {
	PublicURL string // an origin; the base of every URL we hand out
	// TrustedProxies are whose word is taken for where a request comes from.
	TrustedProxies []netip.Prefix
	Now            func() time.Time
	Log            *slog.Logger
	// Served is told of each answer, by the route's pattern; nil where nobody counts.
	Served func(Answer)
}

// Engine is a door without routes. What is given runs before each request's handler,
// and for requests that match no route, too.
func (d *Door) Engine(before ...gin.HandlerFunc) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.ContextWithFallback = true
	d.trustProxies(engine)

	engine.Use(d.identify, d.observe, d.protect, deadline)
	engine.Use(before...)
	engine.NoRoute(d.JSON(func(*gin.Context) error { return problem.RouteNotFound }))
	engine.NoMethod(d.JSON(func(*gin.Context) error { return problem.MethodNotAllowed }))
	return engine
}
