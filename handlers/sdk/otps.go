package sdk

import (
	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/magiclink"
)

type redeemCodeRequest struct {
	Email                  string `json:"email"`
	Code                   string `json:"code"`
	CodeVerifier           string `json:"code_verifier"`
	SessionDurationMinutes *int   `json:"session_duration_minutes"`
}

// redeemCode is POST /sdk/v1/otps/authenticate. It takes the address and no method_id,
// since clients of this door are told no ids.
func (a *API) redeemCode(c *gin.Context) error {
	var req redeemCodeRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	redeemed, err := a.Links.RedeemCode(c.Request.Context(), magiclink.CodeRequest{
		ProjectID: door.ProjectID(c), Caller: caller(c), Email: req.Email, Code: req.Code, Verifier: req.CodeVerifier,
		SessionRequest: sessionFor(c, req.SessionDurationMinutes),
	})
	if err != nil {
		return err
	}
	respond(c, wire.NewRedeemed(door.OK(c), redeemed))
	return nil
}
