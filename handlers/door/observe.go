package door

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// observe writes the request's one line in the log, and turns a panic into an
// answer. The line has the route's pattern instead of the path and never the query:
// both may hold a token.
func (d *Door) observe(c *gin.Context) {
	began, client := d.Now(), c.Request.Context()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			d.refuse(c, Problem(c, err))
		}
		took := d.Now().Sub(began)
		d.log(c, client, took)
		if d.Served != nil {
			d.Served(Answer{Method: knownMethod(c.Request.Method), Route: c.FullPath(), Status: c.Writer.Status(), Took: took})
		}
	}()
	c.Next()
}

// Answer is what may be counted of one request: nothing that a stranger makes up.
type Answer struct {
	Method string // "other" for what HTTP does not know
	Route  string // its pattern; "" where none matched
	Status int
	Took   time.Duration
}

func (d *Door) log(c *gin.Context, client context.Context, took time.Duration) {
	status := c.Writer.Status()
	attributes := []slog.Attr{
		slog.String("request_id", RequestID(c)),
		slog.String("method", knownMethod(c.Request.Method)),
		slog.String("route", c.FullPath()),
		slog.Int("status", status),
		slog.String("project", ProjectID(c)),
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
	d.Log.LogAttrs(client, level, "request", attributes...)
}

// knownMethod keeps what a stranger invents out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
