package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/door"
)

// Readiness is what /readyz tells. Degraded still takes requests: mail that cannot
// go out now is kept.
type Readiness struct {
	Err     error  `json:"-"`                // the database does not answer
	Status  string `json:"status"`           // ok or degraded
	Mail    string `json:"mail,omitempty"`   // why mail waits
	Config  string `json:"config,omitempty"` // the configuration's hash, by which replicas that differ are seen
	Version string `json:"version"`
}

// healthz says that the process is there.
func (a *API) healthz(c *gin.Context) error {
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
	return nil
}

// readyz says whether it is of use.
func (a *API) readyz(c *gin.Context) error {
	readiness := a.Readiness(c.Request.Context())
	if readiness.Err != nil {
		return door.Unavailable(readiness.Err)
	}
	c.JSON(http.StatusOK, readiness)
	return nil
}
