package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latchkey/internal/problem"
	"latchkey/store"
)

// retryShortly is for a database that cannot just now: a lock, a restart or a disk
// that somebody is making room on.
const retryShortly = 2 * time.Second

// handler does its work or returns why not.
type handler func(*gin.Context) error

// json renders a handler's error in the wire format.
func (a *API) json(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.refuseJSON(c, a.problem(c, err))
		}
	}
}

// page renders a handler's error for a person.
func (a *API) page(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			a.refusePage(c, a.problem(c, err))
		}
	}
}

// problem finds the catalogue's entry for an error, and leaves the error for the
// request's line in the log.
func (a *API) problem(c *gin.Context, err error) *problem.Problem {
	setCause(c, err)
	var known *problem.Problem
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem.Unavailable.After(retryShortly)
	}
	return problem.From(err)
}

// errorBody is the wire format's. It has no member named error: an SDK would take
// the answer for OAuth's.
type errorBody struct {
	StatusCode   int               `json:"status_code"`
	RequestID    string            `json:"request_id"`
	ErrorType    string            `json:"error_type"`
	ErrorMessage string            `json:"error_message"`
	ErrorURL     string            `json:"error_url"`
	ErrorDetails map[string]string `json:"error_details,omitempty"`
}

func (a *API) refuseJSON(c *gin.Context, p *problem.Problem) {
	refusalHeaders(c, p)
	c.AbortWithStatusJSON(p.Status, errorBody{
		StatusCode: p.Status, RequestID: requestID(c), ErrorType: p.Type,
		ErrorMessage: p.Message, ErrorURL: a.errorURL(p), ErrorDetails: p.Details,
	})
}

func refusalHeaders(c *gin.Context, p *problem.Problem) {
	if p.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	if p.Is(problem.UnauthorizedCredentials) {
		c.Header("WWW-Authenticate", `Basic realm="latchkey", charset="UTF-8"`)
	}
}

// refusalPage is what pages/refusal.html shows.
type refusalPage struct {
	Problem   *problem.Problem
	RequestID string
}

func (a *API) refusePage(c *gin.Context, p *problem.Problem) {
	refusalHeaders(c, p)
	c.Abort()
	if err := a.renderPage(c, p.Status, "refusal", refusalPage{Problem: p, RequestID: requestID(c)}); err != nil {
		setCause(c, err)
		c.Status(http.StatusInternalServerError)
	}
}

// renderPage writes nothing before the template has run to its end.
func (a *API) renderPage(c *gin.Context, status int, name string, data any) error {
	var body bytes.Buffer
	if err := a.Pages.Page(name).Execute(&body, data); err != nil {
		return fmt.Errorf("handlers: page %s: %w", name, err)
	}
	c.Header("Content-Security-Policy", pagePolicy)
	c.Data(status, "text/html; charset=utf-8", body.Bytes())
	return nil
}
