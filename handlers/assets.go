package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/templates"
)

// How long assets are kept: those whose names stay for short enough that a new version
// shows, and long enough for a page and its next. What has a name of its content never
// changes (RFC 8246).
const (
	ownMaxAge   = "public, max-age=3600"
	brandMaxAge = "public, max-age=31536000, immutable"
)

// assetPolicy is for what an operator gave us, a logo above all. An SVG is a document that
// may hold scripts, and whoever opens it by itself would run them on this origin. Its own
// styles are part of the picture.
const assetPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// kept is an asset and for how long.
type kept struct {
	templates.Asset
	maxAge string
}

// assets are all there are, by name. Two projects may have one in common.
func (a *API) assets() map[string]kept {
	assets := make(map[string]kept)
	for _, asset := range a.Pages.Assets() {
		assets[asset.Name] = kept{asset, ownMaxAge}
	}
	for _, project := range a.Projects {
		for _, asset := range project.Brand.Assets() {
			assets[asset.Name] = kept{asset, brandMaxAge}
		}
	}
	return assets
}

// asset is GET /assets/{file}: what the pages load.
func asset(assets map[string]kept) door.Handler {
	return func(c *gin.Context) error {
		asset, known := assets[c.Param("file")]
		if !known {
			return problem.RouteNotFound
		}
		c.Header("Cache-Control", asset.maxAge)
		c.Header("Content-Security-Policy", assetPolicy)
		c.Data(http.StatusOK, asset.MediaType, asset.Content)
		return nil
	}
}
