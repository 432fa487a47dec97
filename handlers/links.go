package handlers

import (
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/templates"
)

// open is GET and HEAD /l/{token}, where the mail's link leads. It never redeems.
func (a *API) open(c *gin.Context) error {
	opening, err := a.Links.Open(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	door.SetReference(c, opening.Link)
	switch {
	case c.Request.Method == http.MethodHead:
		// A scanner's question. Without a Location it has nothing to follow.
		c.Status(http.StatusOK)
	case opening.Invitation != nil:
		return a.showInvite(c, opening.Invitation)
	case opening.IsNative:
		return a.renderPage(c, http.StatusOK, templates.OpenApp{Location: template.URL(opening.Location)})
	default:
		c.Header("Location", opening.Location)
		c.Status(http.StatusFound)
	}
	return nil
}
