package mailer

import (
	"context"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// mailBudget bounds one mail on its way, a reconnect included.
const mailBudget = 24 * time.Second

// sender owns one connection to the relay, and sends what the clerks have claimed.
// That they are apart lets a connection carry the next mail while the last one's
// outcome is being written down.
type sender struct {
	relay      *relay
	now        func() time.Time
	idleClose  time.Duration
	connection connection
}

// task is a claimed mail on its way from a clerk to a sender.
type task struct {
	permit  permit
	message *gomail.Msg
	retried bool                 // it had been tried before
	result  chan<- attemptResult // has room: a sender never waits for a clerk
}

// attemptResult is what came of a task.
type attemptResult struct {
	tried     bool // false when the relay failed or the worker was stopped meanwhile
	outcome   outcome
	inTrouble bool // the relay, after this
}

// serve works until ctx ends, and closes the connection when it lies idle for long.
// A mail that is under way at the end is finished: work outlives ctx by as much as
// that may take.
func (s *sender) serve(ctx, work context.Context, tasks <-chan task) {
	defer s.connection.quit()
	for {
		idle := time.NewTimer(s.idleClose)
		select {
		case t := <-tasks:
			t.result <- s.send(ctx, work, t)
		case <-idle.C:
			s.connection.quit()
		case <-ctx.Done():
			return
		}
		idle.Stop()
	}
}

func (s *sender) send(ctx, work context.Context, t task) attemptResult {
	if ctx.Err() != nil || !t.permit.probe && s.relay.health().Degraded {
		s.relay.untried(t.permit)
		return attemptResult{}
	}
	ctx, cancel := context.WithTimeout(work, mailBudget)
	defer cancel()
	o := s.connection.send(ctx, t.message)
	return attemptResult{tried: true, outcome: o, inTrouble: s.relay.report(t.permit, o, t.retried, s.now())}
}
