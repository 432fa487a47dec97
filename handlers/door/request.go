package door

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"latchkey/handlers/wire"
	"latchkey/models"
)

// The keys of what a request carries along.
const (
	requestIDKey = "request_id"
	projectKey   = "project"
	causeKey     = "cause"
	referenceKey = "reference"
)

// RequestID is the name that the answer and the log share.
func RequestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// ProjectID is the project that the door has let in.
func ProjectID(c *gin.Context) string { return c.GetString(projectKey) }

// SetProject notes which project the door has let in.
func SetProject(c *gin.Context, id string) { c.Set(projectKey, id) }

// SetReference notes the link a request was about, by the name that its mail shows.
func SetReference(c *gin.Context, link models.ID) { c.Set(referenceKey, link.Reference()) }

// SetCause leaves an error for the request's line in the log.
func SetCause(c *gin.Context, err error) { c.Set(causeKey, err) }

// OK begins every successful answer.
func OK(c *gin.Context) wire.Reply {
	return wire.Reply{RequestID: RequestID(c), StatusCode: http.StatusOK}
}

// identify gives the request its name.
func (d *Door) identify(c *gin.Context) {
	environment := "test"
	caller, _, _ := c.Request.BasicAuth()
	if isLive(caller) || isLive(c.Param("project_id")) || isLive(c.Param("project")) || isLive(c.Param("public_token")) {
		environment = "live"
	}
	c.Set(requestIDKey, fmt.Sprintf("request-id-%s-%s", environment, uuid.NewString()))
}

// isLive reads the environment from a project's id or its public token.
func isLive(name string) bool {
	return strings.HasPrefix(name, "project-live-") || strings.HasPrefix(name, "public-token-live-")
}
