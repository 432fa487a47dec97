package door

import (
	"context"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// apiPolicy: nothing here is a page, so a browser that takes it for one may do
// nothing with it.
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

// protect sets the headers that every answer carries.
func (d *Door) protect(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // a link's path is its token
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", apiPolicy)
	if strings.HasPrefix(d.PublicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// answerTime is what a request may take in all: less than the server's write timeout,
// which would end the connection without an answer.
const answerTime = 10 * time.Second

// deadline keeps a database that no longer answers from keeping requests for ever.
func deadline(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), answerTime)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}
