package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/docs"
	"latchkey/internal/problem"
	"latchkey/templates"
)

// assetMaxAge is short enough for a new version to show, and long enough for a page
// and its next.
const assetMaxAge = "public, max-age=3600"

// errors is GET /errors, where every error_url leads. It is for who writes an app and
// in English, as the messages are.
func (a *API) errors(c *gin.Context) error {
	var page templates.Errors
	for _, p := range problem.All() {
		page.Problems = append(page.Problems, templates.Problem{Type: p.Type, Status: p.Status, Message: p.Message})
	}
	return a.renderPageIn(c, "en", pagePolicy, http.StatusOK, page)
}

// document is GET /openapi.yaml, the wire format for programs to read.
func (a *API) document(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml", docs.OpenAPI) // RFC 9512 §2.1
	return nil
}

// asset is GET /assets/{file}: the stylesheet of the pages.
func (a *API) asset(c *gin.Context) error {
	if c.Param("file") != "pages.css" {
		return problem.RouteNotFound
	}
	c.Header("Cache-Control", assetMaxAge)
	c.Data(http.StatusOK, "text/css; charset=utf-8", a.Pages.Stylesheet())
	return nil
}
