package catcher

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// longestWait is what a test may ask for: test runners give up at about that.
const longestWait = time.Minute

// latest answers the newest mail to an address, and waits for it if asked to:
// the call an end-to-end test makes instead of polling.
func (c *Catcher) latest(w http.ResponseWriter, r *http.Request) {
	wanted, wait, err := parseLatest(r.PathValue("address"), r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error()+".")
		return
	}
	keepOpen(w)
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	m, err := c.Wait(ctx, wanted)
	if err != nil {
		refuse(w, http.StatusNotFound, "No such mail has come for this address.")
		return
	}
	answer(w, http.StatusOK, struct {
		ID         string    `json:"id"`
		ReceivedAt time.Time `json:"received_at"`
		Subject    string    `json:"subject"`
		Link       string    `json:"link"`
		Token      string    `json:"token"`
		Code       string    `json:"code"`
	}{m.ID, m.ReceivedAt, m.Subject, m.Link, m.Token, m.Code})
}

func parseLatest(address string, query url.Values) (Wanted, time.Duration, error) {
	wanted := Wanted{Address: address}
	wait, err := parseWait(query.Get("wait"))
	if err != nil {
		return wanted, 0, err
	}
	if after := query.Get("after"); after != "" {
		id, err := uuid.Parse(after)
		if err != nil {
			return wanted, 0, errors.New("after must be the id of a mail")
		}
		wanted.After = id.String()
	}
	if since := query.Get("since"); since != "" {
		// The + of a zone that was not escaped arrives as a space.
		wanted.Since, err = time.Parse(time.RFC3339, strings.ReplaceAll(since, " ", "+"))
		if err != nil {
			return wanted, 0, errors.New("since must be a time like 2026-01-02T15:04:05Z")
		}
	}
	return wanted, wait, nil
}

// parseWait reads 10s, 1500ms, or a number of seconds.
func parseWait(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	wait, err := time.ParseDuration(s)
	if seconds, notNumber := strconv.Atoi(s); notNumber == nil && seconds <= int(longestWait/time.Second) {
		wait, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || wait < 0 {
		return 0, errors.New("wait must be a duration like 10s")
	}
	return min(wait, longestWait), nil
}

// keepOpen lifts the server's time limits from an answer that takes its time
// by design. A recorder in a test has none to lift.
func keepOpen(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
}
