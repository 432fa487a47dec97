package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/templates"
)

// How long assets are kept: the stylesheet for short enough that a new version shows, and
// long enough for a page and its next. What has a name of its content never changes
// (RFC 8246).
const (
	stylesheetMaxAge = "public, max-age=3600"
	brandMaxAge      = "public, max-age=31536000, immutable"
)

// brandPolicy is for what an operator gave us, a logo above all. An SVG is a document that
// may hold scripts, and whoever opens it by itself would run them on this origin. Its own
// styles are part of the picture.
const brandPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// assets are all brands' files by name. Two projects may have one in common.
func (a *API) assets() map[string]templates.Asset {
	assets := make(map[string]templates.Asset)
	for _, project := range a.Projects {
		for _, asset := range project.Brand.Assets() {
			assets[asset.Name] = asset
		}
	}
	return assets
}

// asset is GET /assets/{file}: what the pages load.
func (a *API) asset(brands map[string]templates.Asset) door.Handler {
	return func(c *gin.Context) error {
		file := c.Param("file")
		if file == "pages.css" {
			c.Header("Cache-Control", stylesheetMaxAge)
			c.Data(http.StatusOK, "text/css; charset=utf-8", a.Pages.Stylesheet())
			return nil
		}
		asset, known := brands[file]
		if !known {
			return problem.RouteNotFound
		}
		c.Header("Cache-Control", brandMaxAge)
		c.Header("Content-Security-Policy", brandPolicy)
		c.Data(http.StatusOK, asset.MediaType, asset.Content)
		return nil
	}
}
