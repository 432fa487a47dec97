package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"latchkey/internal/problem"
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
	SessionDurationMinutes *int `json:"session_duration_minutes"`
}

type authenticateSessionResponse struct {
	reply
	Session      *wireSession `json:"session"`
	SessionToken string       `json:"session_token"`
	SessionJWT   string       `json:"session_jwt"`
	User         wireUser     `json:"user"`
}

// authenticateSession is POST /v1/sessions/authenticate.
func (a *API) authenticateSession(c *gin.Context) error {
	var req authenticateSessionRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	authenticated, err := a.Sessions.Authenticate(c.Request.Context(), projectID(c), req.toDomain(), req.SessionDurationMinutes)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, authenticateSessionResponse{
		reply: replyOK(c), Session: newWireSession(&authenticated.Issued),
		SessionToken: authenticated.Token, SessionJWT: authenticated.JWT,
		User: newWireUser(authenticated.User, authenticated.Emails),
	})
	return nil
}

type revokeSessionRequest struct {
	sessionCredentials
	SessionID string `json:"session_id"`
}

// revokeSession is POST /v1/sessions/revoke.
func (a *API) revokeSession(c *gin.Context) error {
	var req revokeSessionRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	revocation := session.Revocation{SessionID: req.SessionID, Credentials: req.toDomain()}
	if err := a.Sessions.Revoke(c.Request.Context(), projectID(c), revocation); err != nil {
		return err
	}
	c.JSON(http.StatusOK, replyOK(c))
	return nil
}

// keysMaxAge lets verifiers keep the key set for a while. A key they do not know
// makes them ask again.
const keysMaxAge = "public, max-age=300"

type jwksResponse struct {
	reply
	Keys []jose.JSONWebKey `json:"keys"`
}

// jwks is GET /v1/sessions/jwks/{project_id}, open to everybody.
func (a *API) jwks(c *gin.Context) error {
	set, ok := a.Sessions.Signer.KeySet(c.Param("project_id"))
	if !ok {
		return problem.ProjectNotFound
	}
	c.Header("Cache-Control", keysMaxAge)
	c.JSON(http.StatusOK, jwksResponse{reply: replyOK(c), Keys: set.Keys})
	return nil
}
