package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
)

// mailRequest is what every start says of the link, and of the person's client.
type mailRequest struct {
	wire.Start
	Attributes wire.Attributes `json:"attributes"`
}

func (r mailRequest) toDomain(project string) magiclink.StartRequest {
	request := r.Start.ToDomain(project)
	request.Attributes = r.Attributes.ToDomain()
	return request
}

// sentResponse is the answer to whatever mailed a link.
type sentResponse struct {
	wire.Reply
	UserID  string `json:"user_id"`
	EmailID string `json:"email_id"`
}

func newSentResponse(c *gin.Context, started *magiclink.Started) sentResponse {
	door.SetReference(c, started.LinkID)
	project := door.ProjectID(c)
	return sentResponse{
		Reply:   door.OK(c),
		UserID:  models.PublicID("user", project, started.UserID),
		EmailID: models.PublicID("email", project, started.EmailID),
	}
}

type startRequest struct {
	mailRequest
	CreateUserAsPending bool `json:"create_user_as_pending"`
}

func (r startRequest) toDomain(project string) magiclink.StartRequest {
	start := r.mailRequest.toDomain(project)
	start.CreateAsPending = r.CreateUserAsPending
	return start
}

type startResponse struct {
	sentResponse
	UserCreated bool `json:"user_created"`
}

// start is POST /v1/magic_links/email/login_or_create.
func (a *API) start(c *gin.Context) error {
	var req startRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	started, err := a.Links.Start(c.Request.Context(), req.toDomain(door.ProjectID(c)))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, startResponse{sentResponse: newSentResponse(c, started), UserCreated: started.UserCreated})
	return nil
}

type sendRequest struct {
	mailRequest
	UserID       string `json:"user_id"`
	SessionToken string `json:"session_token"`
	SessionJWT   string `json:"session_jwt"`
}

func (r sendRequest) toDomain(project string) magiclink.SendRequest {
	return magiclink.SendRequest{
		StartRequest: r.mailRequest.toDomain(project),
		User:         r.UserID, Session: session.Credentials{Token: r.SessionToken, JWT: r.SessionJWT},
	}
}

// send is POST /v1/magic_links/email/send.
func (a *API) send(c *gin.Context) error {
	var req sendRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	started, err := a.Links.Send(c.Request.Context(), req.toDomain(door.ProjectID(c)))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, newSentResponse(c, started))
	return nil
}
