package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"latchkey/internal/problem"
	"latchkey/models"
)

const (
	// apiPolicy: nothing here is a page, so a browser that takes it for one may do
	// nothing with it.
	apiPolicy = "default-src 'none'; frame-ancestors 'none'"
	// pagePolicy: our stylesheet and nothing else, least of all beside a token.
	pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

// The keys of what a request carries along.
const (
	requestIDKey = "request_id"
	projectKey   = "project"
	causeKey     = "cause"
	referenceKey = "reference"
)

func requestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// projectID is the project that authenticate let in.
func projectID(c *gin.Context) string { return c.GetString(projectKey) }

// setReference notes the link a request was about, by the name that its mail shows.
func setReference(c *gin.Context, link models.ID) { c.Set(referenceKey, link.Reference()) }

func setCause(c *gin.Context, err error) { c.Set(causeKey, err) }

// identify gives the request the name that the answer and the log share.
func (a *API) identify(c *gin.Context) {
	environment := "test"
	project, _, _ := c.Request.BasicAuth()
	if strings.HasPrefix(project+c.Param("project_id"), "project-live-") {
		environment = "live"
	}
	c.Set(requestIDKey, fmt.Sprintf("request-id-%s-%s", environment, uuid.NewString()))
}

// observe writes the request's one line in the log, and turns a panic into an
// answer. The line has the route's pattern instead of the path and never the query:
// both may hold a token.
func (a *API) observe(c *gin.Context) {
	began, client := a.Now(), c.Request.Context()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			a.refuseJSON(c, a.problem(c, err))
		}
		a.log(c, client, a.Now().Sub(began))
	}()
	c.Next()
}

func (a *API) log(c *gin.Context, client context.Context, took time.Duration) {
	status := c.Writer.Status()
	attributes := []slog.Attr{
		slog.String("request_id", requestID(c)),
		slog.String("method", knownMethod(c.Request.Method)),
		slog.String("route", c.FullPath()),
		slog.Int("status", status),
		slog.String("project", projectID(c)),
		slog.Int64("ms", took.Milliseconds()),
	}
	if reference := c.GetString(referenceKey); reference != "" {
		attributes = append(attributes, slog.String("reference", reference))
	}
	level := slog.LevelInfo
	if err, failed := c.Get(causeKey); failed {
		attributes = append(attributes, slog.String("cause", fmt.Sprint(err)))
		// A client that hung up is no fault of ours.
		if status >= http.StatusInternalServerError && client.Err() == nil {
			level = slog.LevelError
		}
	}
	a.Log.LogAttrs(client, level, "request", attributes...)
}

// knownMethod keeps what a stranger invents out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// protect sets the headers that every answer carries.
func (a *API) protect(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // a link's path is its token
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", apiPolicy)
	if strings.HasPrefix(a.PublicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// answerTime is what a request may take in all: less than the server's write timeout,
// which would end the connection without an answer.
const answerTime = 10 * time.Second

// deadline keeps a database that no longer answers from keeping requests for ever.
func deadline(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), answerTime)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// authenticate lets in who knows one of the project's secrets.
func (a *API) authenticate(c *gin.Context) error {
	id, secret, ok := c.Request.BasicAuth()
	if !ok || !a.Projects[id].admits(secret) {
		return problem.UnauthorizedCredentials
	}
	c.Set(projectKey, id)
	return nil
}
