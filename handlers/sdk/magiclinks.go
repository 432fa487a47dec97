package sdk

import (
	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/models"
)

// decodeStart reads what anybody may say of a link. Of the client the connection tells.
func decodeStart(c *gin.Context) (magiclink.StartRequest, error) {
	var said wire.Start
	err := door.Decode(c, &said)
	request := said.ToDomain(door.ProjectID(c))
	request.Caller, request.Attributes = caller(c), door.Client(c)
	return request, err
}

// start is POST /sdk/v1/magic_links/email/login_or_create.
func (a *API) start(c *gin.Context) error {
	request, err := decodeStart(c)
	if err != nil {
		return err
	}
	return respondStarted(c)(a.Links.Start(c.Request.Context(), request))
}

// send is POST /sdk/v1/magic_links/email/send/primary. An address that nobody has is
// answered like any other; its mailbox is told.
func (a *API) send(c *gin.Context) error {
	request, err := decodeStart(c)
	if err != nil {
		return err
	}
	return respondStarted(c)(a.Links.Send(c.Request.Context(), magiclink.SendRequest{StartRequest: request}))
}

// attach is POST /sdk/v1/magic_links/email/send/secondary: the address is to become one
// of the person's who is signed in.
func (a *API) attach(c *gin.Context) error {
	request, err := decodeStart(c)
	if err != nil {
		return err
	}
	started, err := a.Links.Send(c.Request.Context(), magiclink.SendRequest{StartRequest: request, Session: credentials(c)})
	return respondStarted(c)(started, ended(err))
}

// respondStarted says no more than that it was done: ids and user_created would tell
// who exists.
func respondStarted(c *gin.Context) func(*magiclink.Started, error) error {
	return func(started *magiclink.Started, err error) error {
		if err != nil {
			return err
		}
		if started.LinkID != (models.ID{}) { // a mail that says there is no account has no link
			door.SetReference(c, started.LinkID)
		}
		respond(c, door.OK(c))
		return nil
	}
}

type redeemRequest struct {
	Token                  string `json:"token"`
	CodeVerifier           string `json:"code_verifier"`
	SessionDurationMinutes *int   `json:"session_duration_minutes"`
}

// redeem is POST /sdk/v1/magic_links/authenticate.
func (a *API) redeem(c *gin.Context) error {
	var req redeemRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	if req.Token == "" {
		return problem.MissingMember.With("member", "token")
	}
	redeemed, err := a.Links.Redeem(c.Request.Context(), magiclink.RedeemRequest{
		ProjectID: door.ProjectID(c), Caller: caller(c), Token: req.Token, Verifier: req.CodeVerifier,
		SessionRequest: sessionFor(c, req.SessionDurationMinutes),
	})
	if err != nil {
		return err
	}
	respond(c, wire.NewRedeemed(door.OK(c), redeemed))
	return nil
}

// sessionFor asks to go on in the session that the client is in. One that is over, or
// somebody else's, must not keep a person out: clients send what they last had.
func sessionFor(c *gin.Context, minutes *int) magiclink.SessionRequest {
	return magiclink.SessionRequest{
		Minutes: minutes, Continues: credentials(c), OrAnew: true, Attributes: door.Client(c),
	}
}
