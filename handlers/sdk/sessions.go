package sdk

import (
	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/session"
)

type authenticateSessionRequest struct {
	SessionDurationMinutes *int `json:"session_duration_minutes"`
}

// authenticateSession is POST /sdk/v1/sessions/authenticate, which clients call when they
// begin and every few minutes. They sign the person out when they hear that the session is
// over, whatever token they have by then; at any other refusal they ask again.
func (a *API) authenticateSession(c *gin.Context) error {
	var req authenticateSessionRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	ctx, project := c.Request.Context(), door.ProjectID(c)
	authenticated, err := a.Sessions.Authenticate(ctx, project, credentials(c), session.Changes{Minutes: req.SessionDurationMinutes})
	if err != nil {
		return ended(a.Sessions.ExplainReplaced(ctx, project, credentials(c), err))
	}
	respond(c, wire.NewAuthenticated(door.OK(c), authenticated))
	return nil
}

// revokeSession is POST /sdk/v1/sessions/revoke. Clients send it without a body.
func (a *API) revokeSession(c *gin.Context) error {
	revocation := session.Revocation{Credentials: credentials(c)}
	if err := a.Sessions.Revoke(c.Request.Context(), door.ProjectID(c), revocation); err != nil {
		return ended(err)
	}
	respond(c, door.OK(c))
	return nil
}
