package mailer

import (
	"context"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// mailBudget bounds one mail on its way, a reconnect included.
const mailBudget = 21 * time.Second

// carrier takes mails to a relay, one after the other.
type carrier interface {
	// send says what came of the message. It ends soon after ctx does.
	send(ctx context.Context, m *gomail.Msg) outcome
	// quit takes leave of the relay. The next message calls it again.
	quit()
}

// sender owns one connection to its relay, and sends what the clerks have claimed.
// That they are apart lets a connection carry the next mail while the last one's
// outcome is being written down.
type sender struct {
	route     *route
	now       func() time.Time
	idleClose time.Duration
	carrier   carrier
}

// task is a claimed mail on its way from a clerk to a sender.
type task struct {
	permit   permit
	message  *gomail.Msg
	budget   time.Duration        // for all of it
	retried  bool                 // it had been tried before
	unproven bool                 // its address
	result   chan<- attemptResult // has room: a sender never waits for a clerk
}

// attemptResult is what came of a task.
type attemptResult struct {
	tried   bool // false when the relay failed or the worker was stopped meanwhile
	blocked bool // it was the relay that failed
	outcome outcome
}

// serve works until ctx ends, and closes the connection when it lies idle for long.
// A mail that is under way at the end is finished: work outlives ctx by as much as
// that may take.
func (s *sender) serve(ctx, work context.Context, tasks <-chan task) {
	defer s.carrier.quit()
	for {
		idle := time.NewTimer(s.idleClose)
		select {
		case t := <-tasks:
			t.result <- s.send(ctx, work, t)
		case <-idle.C:
			s.carrier.quit()
		case <-ctx.Done():
			return
		}
		idle.Stop()
	}
}

func (s *sender) send(ctx, work context.Context, t task) attemptResult {
	if ctx.Err() != nil {
		s.route.untried(t.permit)
		return attemptResult{}
	}
	if !s.route.holds(t.permit) {
		return attemptResult{blocked: true}
	}
	ctx, cancel := context.WithTimeout(work, t.budget)
	defer cancel()
	o := s.carrier.send(ctx, t.message)
	s.route.report(t.permit, o, t.blame(o), s.now())
	return attemptResult{tried: true, outcome: o}
}

// blame tells on whom a refusal may rest.
func (t task) blame(o outcome) blame {
	switch {
	case o.maybeForRecipient(t.unproven):
		return onRecipient
	case t.retried:
		return onMail
	}
	return onRelay
}
