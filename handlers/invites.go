package handlers

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/magiclink"
)

type inviteRequest struct {
	Email                   string          `json:"email"`
	RedirectURL             string          `json:"redirect_url"`
	InviteMagicLinkURL      string          `json:"invite_magic_link_url"`
	InviteExpirationMinutes *int            `json:"invite_expiration_minutes"`
	InviteTemplateID        string          `json:"invite_template_id"`
	Locale                  string          `json:"locale"`
	Attributes              wire.Attributes `json:"attributes"`
	profileRequest
}

func (r inviteRequest) toDomain(project string) magiclink.InviteRequest {
	return magiclink.InviteRequest{
		ProjectID: project, Email: r.Email, URL: cmp.Or(r.InviteMagicLinkURL, r.RedirectURL),
		Minutes: r.InviteExpirationMinutes, Template: r.InviteTemplateID, Locale: r.Locale,
		Attributes: r.Attributes.ToDomain(), Person: r.profileRequest.toDomain(),
	}
}

// invite is POST /v1/magic_links/email/invite.
func (a *API) invite(c *gin.Context) error {
	var req inviteRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	started, err := a.Links.Invite(c.Request.Context(), req.toDomain(door.ProjectID(c)))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, newSentResponse(c, started))
	return nil
}

type revokeInviteRequest struct {
	Email string `json:"email"`
}

// revokeInvite is POST /v1/magic_links/email/revoke_invite.
func (a *API) revokeInvite(c *gin.Context) error {
	var req revokeInviteRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	if err := a.Links.RevokeInvite(c.Request.Context(), door.ProjectID(c), req.Email); err != nil {
		return err
	}
	c.JSON(http.StatusOK, door.OK(c))
	return nil
}
