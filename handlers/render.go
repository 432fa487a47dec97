package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/templates"
)

// pagePolicy: our stylesheets, the project's logo and nothing else, least of all beside a
// token.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// page renders a handler's error for a person.
func (a *API) page(h door.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.refusePage(c, door.Problem(c, err))
		}
	}
}

func (a *API) refusePage(c *gin.Context, p *problem.Problem) {
	door.RefusalHeaders(c, p)
	c.Abort()
	if p.Project != "" {
		door.SetProject(c, p.Project)
	}
	project := a.Projects[door.ProjectID(c)]
	page := templates.Refusal{
		Type: p.Type, Reason: p.Details["reason"], Invite: p.Details["kind"] == string(models.LinkInvite),
		Reference: p.Details["reference"], RequestID: door.RequestID(c),
		Project: project.Brand.Name, SignInURL: project.SignInURL,
	}
	if err := a.renderPage(c, p.Status, page); err != nil {
		door.SetCause(c, err)
		c.Status(http.StatusInternalServerError)
	}
}

// renderPage speaks the reader's language, as their browser asks for it.
func (a *API) renderPage(c *gin.Context, status int, page templates.Page) error {
	return a.renderPageUnder(c, pagePolicy, status, page)
}

// renderPageUnder is renderPage with a policy of the page's own.
func (a *API) renderPageUnder(c *gin.Context, policy string, status int, page templates.Page) error {
	c.Header("Vary", "Accept-Language")
	return a.renderPageIn(c, a.Pages.Negotiate(c.GetHeader("Accept-Language")), policy, status, page)
}

// renderPageIn shows the brand of the project that the request is about, and writes nothing
// before the template has run to its end.
func (a *API) renderPageIn(c *gin.Context, locale, policy string, status int, page templates.Page) error {
	body, err := a.Pages.Page(page, locale, a.Projects[door.ProjectID(c)].Brand)
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", policy)
	c.Data(status, "text/html; charset=utf-8", body)
	return nil
}
