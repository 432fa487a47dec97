package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/docs"
	"latchkey/internal/problem"
	"latchkey/templates"
)

// errors is GET /errors, where every error_url leads. It is for who writes an app and
// in English, as the messages are.
func (a *API) errors(c *gin.Context) error {
	var page templates.Errors
	for _, p := range problem.All() {
		page.Problems = append(page.Problems, templates.Problem{Type: p.Type, Status: p.Status, Message: p.Message, Next: string(p.Next)})
	}
	return a.renderPageIn(c, "en", pagePolicy, http.StatusOK, page)
}

// document is GET /openapi.yaml, the wire format for programs to read.
func (a *API) document(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml", docs.OpenAPI) // RFC 9512 §2.1
	return nil
}
