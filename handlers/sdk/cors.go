package sdk

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
)

// preflightSeconds is the longest that Chromium keeps an answer to a preflight.
const preflightSeconds = 7200

// shareWithOrigins lets pages read the answers, refusals among them: without, a client
// would take every refusal for a broken network. It asks whether any project lists the
// origin, since a preflight names no project; admit asks the project itself.
func (a *API) shareWithOrigins() gin.HandlerFunc {
	sharing := cors.New(cors.Options{
		AllowOriginFunc:  a.isListed,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowedHeaders:   []string{"Authorization", "Content-Type", "X-SDK-Client", "X-SDK-Parent-Host"},
		ExposedHeaders:   []string{"Retry-After"},
		AllowCredentials: true, // clients ask so, though there are no cookies here
		MaxAge:           preflightSeconds,
	})
	return func(c *gin.Context) {
		sharing.HandlerFunc(c.Writer, c.Request)
		if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
			if origin := c.GetHeader("Origin"); !a.isListed(origin) {
				door.SetCause(c, unlisted(origin)) // the page is told nothing, so that the log must
			}
			c.Abort() // the library has answered the preflight
		}
	}
}

func (a *API) isListed(origin string) bool {
	return slices.ContainsFunc(a.Projects, func(p Project) bool { return p.allows(origin) })
}

// unlisted names the origin in the log, where whoever runs the project looks for it. No
// more of it than the longest host name has: anybody may send one.
func unlisted(origin string) error {
	return problem.BadDomain.Because(fmt.Errorf("allowed_origins does not list %.270q", origin))
}

// checkOrigin lets in pages that the project lists. Browsers name the page's origin in
// every request but a page's own GET, of which they say that it is. It does not
// protect from who writes requests by hand: it keeps other people's pages from being
// a front for this project.
func (a *API) checkOrigin(c *gin.Context, p *Project) error {
	origin, named := c.GetHeader("Origin"), len(c.Request.Header.Values("Origin")) > 0
	if !named && c.GetHeader("Sec-Fetch-Site") == "same-origin" {
		origin, named = a.Door.PublicURL, true
	}
	if !named && p.NativeApps || named && p.allows(origin) {
		return nil
	}
	return unlisted(origin)
}
