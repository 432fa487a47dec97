package catcher

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// A comment this often lets the server notice a browser that went away, and
// keeps a proxy in between from ending a quiet stream.
const keepAlive = 30 * time.Second

// events tells the page what changed. `ready` comes first, on every connect:
// the page reads the list then, and so misses nothing while it was away.
func (c *Catcher) events(w http.ResponseWriter, r *http.Request) {
	c.stream(w, r, "event: ready\ndata: {}\n\n", func(e event) string {
		if e.arrived != nil {
			return frame("arrived", summaryOf(e.arrived))
		}
		return frame("deleted", map[string][]string{"ids": e.deleted})
	})
}

// stream writes a greeting and then every change as render has it, until the
// client, the catcher or the patience with a slow client ends.
func (c *Catcher) stream(w http.ResponseWriter, r *http.Request, greeting string, render func(event) string) {
	changes, leave := c.mailbox.follow()
	defer leave()
	keepOpen(w)
	w.Header().Set("Content-Type", "text/event-stream")
	quiet := time.NewTicker(keepAlive)
	defer quiet.Stop()
	for next := greeting; send(w, next); {
		select {
		case e, ok := <-changes:
			if !ok {
				return
			}
			next = render(e)
		case <-quiet.C:
			next = ": still here\n\n"
		case <-r.Context().Done():
			return
		case <-c.closed:
			return
		}
	}
}

func frame(name string, data any) string {
	body, err := json.Marshal(data)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("event: %s\ndata: %s\n\n", name, body)
}

func send(w http.ResponseWriter, text string) bool {
	if _, err := w.Write([]byte(text)); err != nil {
		return false
	}
	return http.NewResponseController(w).Flush() == nil
}
