package handlers

import (
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/templates"
)

// open is GET and HEAD /l/{token}, where the mail's link leads. It never redeems.
func (a *API) open(c *gin.Context) error {
	opening, err := a.Links.Open(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	note(c, opening)
	switch {
	case c.Request.Method == http.MethodHead:
		// A scanner's question. Without a Location it has nothing to follow.
		c.Status(http.StatusOK)
	case opening.Invitation != nil:
		return a.showInvite(c, opening.Invitation)
	case opening.IsNative:
		code := a.Projects[opening.ProjectID].Code
		return a.renderPage(c, http.StatusOK, templates.OpenApp{Location: template.URL(opening.Location), Code: code})
	default:
		c.Header("Location", opening.Location)
		c.Status(http.StatusFound)
	}
	return nil
}

// note keeps whose link it is, for the page and the log.
func note(c *gin.Context, opening *magiclink.Opening) {
	door.SetProject(c, opening.ProjectID)
	door.SetReference(c, opening.Link)
}

// otherDevice is GET /other-device/{project}: apps lead there whoever lands without the
// verifier. The page knows nothing of the link, and so can be led to by anybody.
func (a *API) otherDevice(c *gin.Context) error {
	project, known := a.named(c.Param("project"))
	if !known {
		return problem.ProjectNotFound
	}
	door.SetProject(c, project.ID)
	return a.renderPage(c, http.StatusOK, templates.OtherDevice{
		Project: project.Brand.Name, Code: project.Code, SignInURL: project.SignInURL,
	})
}
