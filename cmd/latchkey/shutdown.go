package main

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// drainTimeout is for requests under way when the process is told to stop: less than
// the ten seconds that supervisors grant.
const drainTimeout = 8 * time.Second

// errLeaving is why a process that was told to stop is not ready, though it answers.
var errLeaving = errors.New("told to stop")

// leave serves on for the delay, in which a balancer can notice that /readyz says 503.
// Until it has, every answer closes its connection: one that it keeps for the next
// request could be shut the moment that is sent, and no balancer sends a POST again
// whose fate it does not know. A second signal cuts that short, and everything.
func (a *app) leave(delay time.Duration) {
	a.leaving.Store(true)
	a.log.Info("stopping")
	time.Sleep(delay)
}

// drain lets requests come to their end. One that will not, because its client never
// finishes it, is cut off and no fault of ours.
func (a *app) drain(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		a.log.Warn("requests were cut off", "cause", err.Error())
		server.Close()
	}
}
