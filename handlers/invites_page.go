package handlers

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/templates"
)

func (a *API) showInvite(c *gin.Context, invitation *magiclink.Invitation) error {
	project := a.Projects[door.ProjectID(c)]
	if invitation.AcceptedAt != nil {
		return a.renderPage(c, http.StatusOK, templates.InviteUsed{
			Project: project.Brand.Name, Address: invitation.Address, UsedAt: *invitation.AcceptedAt,
			SignInURL: cmp.Or(project.SignInURL, invitation.Origin),
		})
	}
	// Chromium holds a form's redirect against form-action, too.
	policy := pagePolicy + " " + invitation.Origin
	return a.renderPageUnder(c, policy, http.StatusOK, templates.Invite{Project: project.Brand.Name, Address: invitation.Address})
}

// acceptInvite is POST /l/{token}, the button of an invite's page. It redeems nothing:
// it sends the browser on with a token that can be redeemed.
func (a *API) acceptInvite(c *gin.Context) error {
	if !a.fromOwnPage(c.Request) {
		return problem.CrossSiteRequest
	}
	opening, err := a.Links.Accept(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	note(c, opening)
	c.Header("Location", opening.Location)
	c.Status(http.StatusSeeOther)
	return nil
}

// fromOwnPage says whether a form was sent by a page of ours. Where the browser says so
// itself, that decides: our pages say no-referrer, under which Chromium sends the
// Origin null. Older browsers send the Origin alone. What sends neither is no browser,
// and cannot be led here by another site.
func (a *API) fromOwnPage(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == a.Door.PublicURL
}
