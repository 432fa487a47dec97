package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
)

// attributes are what an app's back end says of the person's client.
type attributes struct {
	IPAddress string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

func (a attributes) toDomain() session.Attributes {
	return session.Attributes{IPAddress: a.IPAddress, UserAgent: a.UserAgent}
}

type startRequest struct {
	Email                   string     `json:"email"`
	CodeChallenge           string     `json:"code_challenge"`
	CodeChallengeMethod     *string    `json:"code_challenge_method"`
	RedirectURL             string     `json:"redirect_url"`
	LoginMagicLinkURL       string     `json:"login_magic_link_url"`
	SignupMagicLinkURL      string     `json:"signup_magic_link_url"`
	LoginExpirationMinutes  *int       `json:"login_expiration_minutes"`
	SignupExpirationMinutes *int       `json:"signup_expiration_minutes"`
	CreateUserAsPending     bool       `json:"create_user_as_pending"`
	Attributes              attributes `json:"attributes"`
}

func (r startRequest) toDomain(project string) magiclink.StartRequest {
	return magiclink.StartRequest{
		ProjectID: project, Email: r.Email,
		Challenge: r.CodeChallenge, ChallengeMethod: r.CodeChallengeMethod,
		LoginURL:     firstOf(r.LoginMagicLinkURL, r.RedirectURL),
		SignupURL:    firstOf(r.SignupMagicLinkURL, r.RedirectURL),
		LoginMinutes: r.LoginExpirationMinutes, SignupMinutes: r.SignupExpirationMinutes,
		CreateAsPending: r.CreateUserAsPending, Attributes: r.Attributes.toDomain(),
	}
}

func firstOf(specific, general string) string {
	if specific != "" {
		return specific
	}
	return general
}

type startResponse struct {
	reply
	UserID      string `json:"user_id"`
	EmailID     string `json:"email_id"`
	UserCreated bool   `json:"user_created"`
}

// start is POST /v1/magic_links/email/login_or_create.
func (a *API) start(c *gin.Context) error {
	var req startRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	project := projectID(c)
	started, err := a.Links.Start(c.Request.Context(), req.toDomain(project))
	if err != nil {
		return err
	}
	setReference(c, started.LinkID)
	c.JSON(http.StatusOK, startResponse{
		reply:       replyOK(c),
		UserID:      models.PublicID("user", project, started.UserID),
		EmailID:     models.PublicID("email", project, started.EmailID),
		UserCreated: started.UserCreated,
	})
	return nil
}

type redeemRequest struct {
	Token                  string     `json:"token"`
	CodeVerifier           string     `json:"code_verifier"`
	SessionDurationMinutes *int       `json:"session_duration_minutes"`
	Attributes             attributes `json:"attributes"`
}

type redeemResponse struct {
	reply
	UserID        string       `json:"user_id"`
	MethodID      string       `json:"method_id"`
	SessionToken  string       `json:"session_token"`
	SessionJWT    string       `json:"session_jwt"`
	User          wireUser     `json:"user"`
	ResetSessions bool         `json:"reset_sessions"`
	Session       *wireSession `json:"session"`
}

// redeem is POST /v1/magic_links/authenticate.
func (a *API) redeem(c *gin.Context) error {
	var req redeemRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	if req.Token == "" {
		return problem.MissingMember.With("member", "token")
	}
	redeemed, err := a.Links.Redeem(c.Request.Context(), magiclink.RedeemRequest{
		ProjectID: projectID(c), Token: req.Token, Verifier: req.CodeVerifier,
		SessionMinutes: req.SessionDurationMinutes, Attributes: req.Attributes.toDomain(),
	})
	if err != nil {
		return err
	}
	respondRedeemed(c, redeemed)
	return nil
}

// respondRedeemed is the answer to whatever redeemed a link.
func respondRedeemed(c *gin.Context, redeemed *magiclink.Redeemed) {
	project := redeemed.User.ProjectID
	response := redeemResponse{
		reply:    replyOK(c),
		UserID:   models.PublicID("user", project, redeemed.User.ID),
		MethodID: models.PublicID("email", project, redeemed.EmailID),
		User:     newWireUser(redeemed.User, redeemed.Emails),
	}
	if issued := redeemed.Session; issued != nil {
		response.SessionToken, response.SessionJWT = issued.Token, issued.JWT
		response.Session = newWireSession(issued)
	}
	c.JSON(http.StatusOK, response)
}
