package handlers

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
)

// pagePolicy: our stylesheet and nothing else, least of all beside a token.
const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// page renders a handler's error for a person.
func (a *API) page(h door.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.refusePage(c, door.Problem(c, err))
		}
	}
}

// refusalPage is what pages/refusal.html shows.
type refusalPage struct {
	Problem   *problem.Problem
	RequestID string
}

func (a *API) refusePage(c *gin.Context, p *problem.Problem) {
	door.RefusalHeaders(c, p)
	c.Abort()
	if err := a.renderPage(c, p.Status, "refusal", refusalPage{Problem: p, RequestID: door.RequestID(c)}); err != nil {
		door.SetCause(c, err)
		c.Status(http.StatusInternalServerError)
	}
}

// renderPage writes nothing before the template has run to its end.
func (a *API) renderPage(c *gin.Context, status int, name string, data any) error {
	var body bytes.Buffer
	if err := a.Pages.Page(name).Execute(&body, data); err != nil {
		return fmt.Errorf("handlers: page %s: %w", name, err)
	}
	c.Header("Content-Security-Policy", pagePolicy)
	c.Data(status, "text/html; charset=utf-8", body.Bytes())
	return nil
}
