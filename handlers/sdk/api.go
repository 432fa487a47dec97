package sdk

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/magiclink"
	"latchkey/session"
	"latchkey/users"
)

// Path is what all of this door's routes begin with.
const Path = "/sdk/v1"

// API is the browser door. Its fields are set once, before Handler is called.
type API struct {
	Door     *door.Door
	Links    *magiclink.Service
	Sessions *session.Service
	Users    *users.Service
	Projects []Project
}

// Handler builds the routes.
func (a *API) Handler() http.Handler {
	engine := a.Door.Engine(a.shareWithOrigins())
	routes := engine.Group(Path)
	routes.POST("/events", a.Door.JSON(a.events))
	routes.GET("/projects/bootstrap/:public_token", a.Door.JSON(a.admitByPath), a.Door.JSON(a.bootstrap))

	known := routes.Group("", a.Door.JSON(a.admit))
	known.POST("/magic_links/email/login_or_create", a.Door.JSON(a.start))
	known.POST("/magic_links/email/send/primary", a.Door.JSON(a.send))
	known.POST("/magic_links/authenticate", a.Door.JSON(a.redeem))
	known.POST("/otps/authenticate", a.Door.JSON(a.redeemCode))

	person := known.Group("", a.Door.JSON(a.requireSession))
	person.POST("/magic_links/email/send/secondary", a.Door.JSON(a.attach))
	person.POST("/sessions/authenticate", a.Door.JSON(a.authenticateSession))
	person.POST("/sessions/revoke", a.Door.JSON(a.revokeSession))
	person.GET("/users/me", a.Door.JSON(a.me))
	person.PUT("/users/me", a.Door.JSON(a.updateMe))
	person.DELETE("/users/emails/:email_id", a.Door.JSON(a.deleteEmail))
	return engine
}

// respond wraps what an answer says: clients of this door look for it under data.
func respond(c *gin.Context, data any) {
	c.JSON(http.StatusOK, struct {
		Data any `json:"data"`
	}{data})
}
