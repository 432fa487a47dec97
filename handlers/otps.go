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

type redeemCodeRequest struct {
	sessionRequest
	MethodID     string `json:"method_id"`
	Email        string `json:"email"`
	Code         string `json:"code"`
	CodeVerifier string `json:"code_verifier"`
}

func (r redeemCodeRequest) toDomain(project string) (magiclink.CodeRequest, error) {
	request := magiclink.CodeRequest{
		ProjectID: project, Email: r.Email, Code: r.Code, Verifier: r.CodeVerifier,
		SessionRequest: r.sessionRequest.toDomain(),
	}
	if r.MethodID == "" {
		return request, nil
	}
	id, err := models.ParsePublicID("email", project, r.MethodID)
	if err != nil {
		return request, problem.InvalidMethodID
	}
	request.EmailID = &id
	return request, nil
}

// redeemCode is POST /v1/otps/authenticate.
func (a *API) redeemCode(c *gin.Context) error {
	var req redeemCodeRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	request, err := req.toDomain(door.ProjectID(c))
	if err != nil {
		return err
	}
	redeemed, err := a.Links.RedeemCode(c.Request.Context(), request)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, wire.NewRedeemed(door.OK(c), redeemed))
	return nil
}
