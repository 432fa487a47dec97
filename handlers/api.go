package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/magiclink"
	"latchkey/session"
	"latchkey/templates"
	"latchkey/users"
)

// API is the native wire format and the pages a mailed link leads to. Its fields
// are set once, before Handler is called.
type API struct {
	Door      *door.Door
	Links     *magiclink.Service
	Sessions  *session.Service
	Users     *users.Service
	Projects  map[string]Project
	Pages     *templates.Set
	Readiness func(context.Context) Readiness
}

// Handler builds the routes.
func (a *API) Handler() http.Handler {
	engine := a.Door.Engine()
	a.routes(engine)
	return engine
}

func (a *API) routes(engine *gin.Engine) {
	readable(engine, "/healthz", a.Door.JSON(a.healthz))
	readable(engine, "/readyz", a.Door.JSON(a.readyz))
	readable(engine, "/l/:token", a.page(a.open))
	engine.POST("/l/:token", a.page(a.acceptInvite))
	readable(engine, door.OtherDevicePath+":project", a.page(a.otherDevice))
	readable(engine, "/errors", a.page(a.errors))
	readable(engine, "/openapi.yaml", a.Door.JSON(a.document))
	readable(engine, "/assets/:file", a.page(asset(a.assets())))
	readable(engine, scriptsPath+":file", a.Door.JSON(script()))
	readable(engine, "/v1/sessions/jwks/:project_id", a.Door.JSON(a.jwks))

	v1 := engine.Group("/v1", a.Door.JSON(a.authenticate))
	v1.POST("/magic_links/email/login_or_create", a.Door.JSON(a.start))
	v1.POST("/magic_links/email/send", a.Door.JSON(a.send))
	v1.POST("/magic_links/email/invite", a.Door.JSON(a.invite))
	v1.POST("/magic_links/email/revoke_invite", a.Door.JSON(a.revokeInvite))
	v1.POST("/magic_links", a.Door.JSON(a.embed))
	v1.POST("/magic_links/authenticate", a.Door.JSON(a.redeem))
	v1.POST("/otps/authenticate", a.Door.JSON(a.redeemCode))
	v1.GET("/sessions", a.Door.JSON(a.listSessions))
	v1.POST("/sessions/authenticate", a.Door.JSON(a.authenticateSession))
	v1.POST("/sessions/revoke", a.Door.JSON(a.revokeSession))

	v1.POST("/users", a.Door.JSON(a.createUser))
	v1.POST("/users/search", a.Door.JSON(a.searchUsers))
	v1.GET("/users/:user_id", a.Door.JSON(a.getUser))
	v1.PUT("/users/:user_id", a.Door.JSON(a.updateUser))
	v1.PUT("/users/:user_id/exchange_primary_factor", a.Door.JSON(a.exchangePrimaryFactor))
	v1.DELETE("/users/:user_id", a.Door.JSON(a.deleteUser))
	v1.DELETE("/users/:user_id/external_id", a.Door.JSON(a.deleteExternalID))
	v1.DELETE("/users/emails/:email_id", a.Door.JSON(a.deleteEmail))
}

// readable registers GET and HEAD: gin does not answer HEAD by itself.
func readable(engine *gin.Engine, path string, handler gin.HandlerFunc) {
	engine.GET(path, handler)
	engine.HEAD(path, handler)
}
