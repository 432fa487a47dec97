package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"latchkey/handlers/door"
	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/session"
)

type sessionCredentials struct {
	SessionToken string `json:"session_token"`
	SessionJWT   string `json:"session_jwt"`
}

func (r sessionCredentials) toDomain() session.Credentials {
	return session.Credentials{Token: r.SessionToken, JWT: r.SessionJWT}
}

type authenticateSessionRequest struct {
	sessionCredentials
	SessionDurationMinutes *int          `json:"session_duration_minutes"`
	SessionCustomClaims    models.Object `json:"session_custom_claims"`
	AuthorizationCheck     *struct{}     `json:"authorization_check"`
}

// authenticateSession is POST /v1/sessions/authenticate.
func (a *API) authenticateSession(c *gin.Context) error {
	var req authenticateSessionRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	if req.AuthorizationCheck != nil { // who passed over it would let everybody do everything
		return problem.NoAuthorizationCheck
	}
	changes := session.Changes{Minutes: req.SessionDurationMinutes, Claims: req.SessionCustomClaims}
	authenticated, err := a.Sessions.Authenticate(c.Request.Context(), door.ProjectID(c), req.toDomain(), changes)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, wire.NewAuthenticated(door.OK(c), authenticated))
	return nil
}

type listSessionsResponse struct {
	wire.Reply
	Sessions []*wire.Session `json:"sessions"`
}

// listSessions is GET /v1/sessions?user_id=….
func (a *API) listSessions(c *gin.Context) error {
	user := c.Query("user_id")
	if user == "" {
		return problem.MissingMember.With("member", "user_id")
	}
	sessions, emails, err := a.Sessions.List(c.Request.Context(), door.ProjectID(c), user)
	if err != nil {
		return err
	}
	response := listSessionsResponse{Reply: door.OK(c), Sessions: make([]*wire.Session, len(sessions))}
	for i := range sessions {
		response.Sessions[i] = wire.NewSession(sessions[i], emails)
	}
	c.JSON(http.StatusOK, response)
	return nil
}

type revokeSessionRequest struct {
	sessionCredentials
	SessionID string `json:"session_id"`
}

// revokeSession is POST /v1/sessions/revoke.
func (a *API) revokeSession(c *gin.Context) error {
	var req revokeSessionRequest
	if err := door.Decode(c, &req); err != nil {
		return err
	}
	revocation := session.Revocation{SessionID: req.SessionID, Credentials: req.toDomain()}
	if err := a.Sessions.Revoke(c.Request.Context(), door.ProjectID(c), revocation); err != nil {
		return err
	}
	c.JSON(http.StatusOK, door.OK(c))
	return nil
}

// keysMaxAge lets verifiers keep the key set for a while. A key they do not know
// makes them ask again.
const keysMaxAge = "public, max-age=300"

type jwksResponse struct {
	wire.Reply
	Keys []jose.JSONWebKey `json:"keys"`
}

// jwks is GET /v1/sessions/jwks/{project_id}, open to everybody.
func (a *API) jwks(c *gin.Context) error {
	set, ok := a.Sessions.KeySet(c.Param("project_id"))
	if !ok {
		return problem.ProjectNotFound
	}
	c.Header("Cache-Control", keysMaxAge)
	c.JSON(http.StatusOK, jwksResponse{Reply: door.OK(c), Keys: set.Keys})
	return nil
}
