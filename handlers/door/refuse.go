package door

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latchkey/handlers/wire"
	"latchkey/internal/problem"
	"latchkey/store"
)

// retryShortly is for a database that cannot just now: a lock, a restart or a disk
// that somebody is making room on.
const retryShortly = 2 * time.Second

// Unavailable is the refusal of a request that the database could not serve.
func Unavailable(cause error) error { return problem.Unavailable.Because(cause).After(retryShortly) }

// OtherDevicePath is where the native door has the page for who opens a link elsewhere. A
// project's id, or its public token, comes after it.
const OtherDevicePath = "/other-device/"

// Handler does its work or returns why not.
type Handler func(*gin.Context) error

// JSON renders a handler's error in the wire format.
func (d *Door) JSON(h Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			d.refuse(c, Problem(c, err))
		}
	}
}

// Problem finds the catalogue's entry for an error, and leaves the error for the
// request's line in the log.
func Problem(c *gin.Context, err error) *problem.Problem {
	SetCause(c, err)
	var known *problem.Problem
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem.Unavailable.After(retryShortly)
	}
	return problem.From(err)
}

func (d *Door) refuse(c *gin.Context, p *problem.Problem) {
	RefusalHeaders(c, p)
	c.AbortWithStatusJSON(p.Status, wire.Error{
		StatusCode: p.Status, RequestID: RequestID(c), ErrorType: p.Type,
		ErrorMessage: p.Message, ErrorURL: d.errorURL(p), ErrorDetails: d.details(c, p),
	})
}

// details adds the next step to what the problem knows.
func (d *Door) details(c *gin.Context, p *problem.Problem) map[string]string {
	if p.Next == "" {
		return p.Details
	}
	p = p.With("next", string(p.Next))
	if project := ProjectID(c); project != "" && p.Next == problem.OpenWhereAsked {
		p = p.With("next_url", d.PublicURL+OtherDevicePath+project)
	}
	return p.Details
}

// RefusalHeaders are those of a refusal in any form.
func RefusalHeaders(c *gin.Context, p *problem.Problem) {
	if p.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
}

// errorURL is where the documentation of a type of problem is found: this very
// service serves it, so that it always fits the version in use.
func (d *Door) errorURL(p *problem.Problem) string {
	return strings.TrimSuffix(d.PublicURL, "/") + "/errors#" + p.Type
}
