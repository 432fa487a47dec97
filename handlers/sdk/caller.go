package sdk

import (
	"errors"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
	"latchkey/internal/problem"
	"latchkey/magiclink"
	"latchkey/session"
)

const (
	admittedKey = "admitted project"
	sessionKey  = "session"
)

// admitted is the project that admit let in.
func admitted(c *gin.Context) *Project { return c.MustGet(admittedKey).(*Project) }

// admit lets in who names a project by its public token, from a page that it lists.
// The password is the session token of who is signed in; signed out, clients repeat
// the public token there.
func (a *API) admit(c *gin.Context) error {
	token, password, _ := c.Request.BasicAuth()
	project, known := a.byToken(token)
	if !known {
		return problem.UnauthorizedPublicToken
	}
	if password != token {
		c.Set(sessionKey, password)
	}
	return a.enter(c, project)
}

// admitByPath looks at the public token in the path alone. Clients send a session here,
// too, and one that has ended must not be refused: a client that gets no answer here
// goes on without PKCE.
func (a *API) admitByPath(c *gin.Context) error {
	project, known := a.byToken(c.Param("public_token"))
	if !known {
		return problem.PublicTokenNotFound
	}
	return a.enter(c, project)
}

func (a *API) enter(c *gin.Context, project *Project) error {
	door.SetProject(c, project.ID)
	c.Set(admittedKey, project)
	return a.checkOrigin(c, project)
}

// requireSession refuses who is signed out. Whether the session lives shows when it is
// looked up.
func (a *API) requireSession(c *gin.Context) error {
	if credentials(c) == (session.Credentials{}) {
		return problem.UserUnauthenticated
	}
	return nil
}

// credentials are those of who is signed in, or empty.
func credentials(c *gin.Context) session.Credentials {
	return session.Credentials{Token: c.GetString(sessionKey)}
}

// ended takes a session token that cannot be read for one whose session is over:
// clients give up the one and try the other for ever.
func ended(err error) error {
	if errors.Is(err, problem.InvalidSessionToken) {
		return problem.SessionNotFound.Because(err)
	}
	return err
}

// caller tells package magiclink that anybody may be asking.
func caller(c *gin.Context) *magiclink.Caller { return &magiclink.Caller{IP: door.ClientIP(c)} }
