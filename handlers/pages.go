package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/internal/problem"
)

// assetMaxAge is short enough for a new version to show, and long enough for a page
// and its next.
const assetMaxAge = "public, max-age=3600"

// errorsPage is what pages/errors.html shows.
type errorsPage struct{ Problems []*problem.Problem }

// errors is GET /errors, where every error_url leads.
func (a *API) errors(c *gin.Context) error {
	return a.renderPage(c, http.StatusOK, "errors", errorsPage{Problems: problem.All()})
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
