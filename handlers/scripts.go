package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/web/js"
)

// scriptsPath is where latchkey.js lies.
const scriptsPath = "/js/"

// forEver: a version's file never changes. A page that names its hash would refuse it.
const forEver = "public, max-age=31536000, immutable"

// script is GET /js/{file}: latchkey.js in each version, and latchkey.json, which tells of
// the newest. Anybody's page may read them.
func script() door.Handler {
	scripts, release := js.Scripts(), describe(js.Current())
	return func(c *gin.Context) error {
		wanted, known := scripts[c.Param("file")]
		isRelease := c.Param("file") == "latchkey.json"
		if !known && !isRelease {
			return problem.RouteNotFound
		}
		c.Header("Access-Control-Allow-Origin", "*") // without it, integrity fails on other origins
		c.Header("Cross-Origin-Resource-Policy", "cross-origin")
		if isRelease {
			c.JSON(http.StatusOK, release)
			return nil
		}
		c.Header("Cache-Control", forEver)
		c.Header("Vary", "Accept-Encoding")
		content := wanted.Content
		if acceptsGzip(c.Request) {
			c.Header("Content-Encoding", "gzip")
			content = wanted.Gzipped
		}
		c.Data(http.StatusOK, "text/javascript; charset=utf-8", content) // RFC 9239 §6
		return nil
	}
}

// acceptsGzip takes the word of who names gzip as browsers do, without a weight.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(coding) == "gzip" {
			return true
		}
	}
	return false
}

// releaseResponse is what a page's author needs for a script tag.
type releaseResponse struct {
	Version string         `json:"version"`
	Module  scriptResponse `json:"module"`
	Classic scriptResponse `json:"classic"`
}

type scriptResponse struct {
	Path      string `json:"path"`
	Integrity string `json:"integrity"`
}

func describe(r js.Release) releaseResponse {
	one := func(s js.Script) scriptResponse {
		return scriptResponse{Path: scriptsPath + s.Name, Integrity: s.Integrity}
	}
	return releaseResponse{Version: r.Version, Module: one(r.Module), Classic: one(r.Classic)}
}
