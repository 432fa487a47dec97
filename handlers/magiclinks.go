package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
)

type startRequest struct {
	Email                   string          `json:"email"`
	CodeChallenge           string          `json:"code_challenge"`
	CodeChallengeMethod     *string         `json:"code_challenge_method"`
	RedirectURL             string          `json:"redirect_url"`
	LoginMagicLinkURL       string          `json:"login_magic_link_url"`
	SignupMagicLinkURL      string          `json:"signup_magic_link_url"`
	LoginExpirationMinutes  *int            `json:"login_expiration_minutes"`
	SignupExpirationMinutes *int            `json:"signup_expiration_minutes"`
	CreateUserAsPending     bool            `json:"create_user_as_pending"`
	Attributes              wire.Attributes `json:"attributes"`
}

func (r startRequest) toDomain(project string) magiclink.StartRequest {
	return magiclink.StartRequest{
		ProjectID: project, Email: r.Email,
		Challenge: r.CodeChallenge, ChallengeMethod: r.CodeChallengeMethod,
		LoginURL:     firstOf(r.LoginMagicLinkURL, r.RedirectURL),
		SignupURL:    firstOf(r.SignupMagicLinkURL, r.RedirectURL),
		LoginMinutes: r.LoginExpirationMinutes, SignupMinutes: r.SignupExpirationMinutes,
		CreateAsPending: r.CreateUserAsPending, Attributes: r.Attributes.ToDomain(),
	}
}

func firstOf(specific, general string) string {
	if specific != "" {
		return specific
	}
	return general
}

type startResponse struct {
	wire.Reply
	UserID      string `json:"user_id"`
	EmailID     string `json:"email_id"`
	UserCreated bool   `json:"user_created"`
}

// start is POST /v1/magic_links/email/login_or_create.
func (a *API) start(c *gin.Context) error {
	var req startRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	project := door.ProjectID(c)
	started, err := a.Links.Start(c.Request.Context(), req.toDomain(project))
	if err != nil {
		return err
	}
	door.SetReference(c, started.LinkID)
	c.JSON(http.StatusOK, startResponse{
		Reply:       door.OK(c),
		UserID:      models.PublicID("user", project, started.UserID),
		EmailID:     models.PublicID("email", project, started.EmailID),
		UserCreated: started.UserCreated,
	})
	return nil
}

type redeemRequest struct {
	Token                  string          `json:"token"`
	CodeVerifier           string          `json:"code_verifier"`
	SessionDurationMinutes *int            `json:"session_duration_minutes"`
	Attributes             wire.Attributes `json:"attributes"`
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
		SessionMinutes: req.SessionDurationMinutes, Attributes: req.Attributes.ToDomain(),
	})
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, wire.NewRedeemed(door.OK(c), redeemed))
	return nil
}
