package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
)

// sessionRequest is what every redemption says of the session it wants.
type sessionRequest struct {
	SessionDurationMinutes *int            `json:"session_duration_minutes"`
	SessionToken           string          `json:"session_token"`
	SessionJWT             string          `json:"session_jwt"`
	SessionCustomClaims    models.Object   `json:"session_custom_claims"`
	Attributes             wire.Attributes `json:"attributes"`
}

func (r sessionRequest) toDomain() magiclink.SessionRequest {
	return magiclink.SessionRequest{
		Minutes:   r.SessionDurationMinutes,
		Continues: session.Credentials{Token: r.SessionToken, JWT: r.SessionJWT},
		Claims:    r.SessionCustomClaims, Attributes: r.Attributes.ToDomain(),
	}
}

type redeemRequest struct {
	sessionRequest
	Token        string `json:"token"`
	CodeVerifier string `json:"code_verifier"`
	Options      struct {
		IPMatchRequired        bool `json:"ip_match_required"`
		UserAgentMatchRequired bool `json:"user_agent_match_required"`
	} `json:"options"`
}

// redeem is POST /v1/magic_links/authenticate.
func (a *API) redeem(c *gin.Context) error {
	var req redeemRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	if req.Token == "" {
		return problem.MissingMember.With("member", "token")
	}
	redeemed, err := a.Links.Redeem(c.Request.Context(), magiclink.RedeemRequest{
		ProjectID: door.ProjectID(c), Token: req.Token, Verifier: req.CodeVerifier,
		SessionRequest: req.sessionRequest.toDomain(),
		SameIPAddress:  req.Options.IPMatchRequired, SameUserAgent: req.Options.UserAgentMatchRequired,
	})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, wire.NewRedeemed(door.OK(c), redeemed))
	return nil
}

type embedRequest struct {
	UserID            string          `json:"user_id"`
	ExpirationMinutes *int            `json:"expiration_minutes"`
	Attributes        wire.Attributes `json:"attributes"`
}

// embedResponse carries the one token that is not mailed.
type embedResponse struct {
	wire.Reply
	UserID string `json:"user_id"`
	Token  string `json:"token"`
}

// embed is POST /v1/magic_links.
func (a *API) embed(c *gin.Context) error {
	var req embedRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	if req.UserID == "" {
		return problem.MissingMember.With("member", "user_id")
	}
	project := door.ProjectID(c)
	embedded, err := a.Links.Embed(c.Request.Context(), magiclink.EmbedRequest{
		ProjectID: project, User: req.UserID, Minutes: req.ExpirationMinutes, Attributes: req.Attributes.ToDomain(),
	})
	if err != nil {
		return err
	}
	door.SetReference(c, embedded.LinkID)
	c.JSON(http.StatusOK, embedResponse{
		Reply: door.OK(c), UserID: models.PublicID("user", project, embedded.UserID), Token: embedded.Token,
	})
	return nil
}
