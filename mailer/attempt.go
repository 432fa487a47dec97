package mailer

import (
	"context"
	"time"

	gomail "github.com/wneessen/go-mail"
)

const (
	// probeBudget is what a mail may lose to a relay that is held to be down while
	// another works: a person waits for it. Postfix's postscreen lets clients wait six
	// seconds for its greeting (postscreen_greet_wait).
	probeBudget = 8 * time.Second
	// leastBudget: a relay that is given less could be held to be down when it is only
	// slow. The mail is claimed anew instead.
	leastBudget = 8 * time.Second
)

// attempt sends one claimed mail to the first relay that takes it. ends is when its
// record must be begun.
type attempt struct {
	worker   *Worker
	message  *gomail.Msg
	retried  bool
	unproven bool // the address
	doubted  bool // a relay may have taken it
	ends     time.Time
}

// run tries relay after relay, from the one that p is leave for, until one takes a
// look at the mail.
//
// What a relay may have taken does not probe while another stands in: the one in trouble
// may be the one that takes mails without a word.
func (a *attempt) run(ctx context.Context, p permit) attemptResult {
	if p.probe && a.doubted {
		if next, ok := a.worker.route.admitAfter(p.relay, a.worker.Now()); ok {
			a.worker.route.untried(p)
			p = next
		}
	}
	result := a.with(ctx, p)
	for result.passesOn(p) {
		next, ok := a.worker.route.admitAfter(p.relay, a.worker.Now())
		if !ok {
			break
		}
		p, result = next, result.then(a.with(ctx, next))
	}
	return result
}

// passesOn tells whether another relay may have the mail: this one refuses us, or does
// not talk to us. Any other answer is about the mail and stands, and what may have
// been taken is never sent to two relays in one claim.
func (r attemptResult) passesOn(p permit) bool {
	switch {
	case !r.tried:
		return r.blocked
	case r.outcome.verdict == down || r.outcome.verdict == refused:
		return true
	}
	return p.probe && !r.outcome.answered() && !r.outcome.inDoubt
}

// then is what became of the mail when another relay was asked, too. A refusal
// outlasts a relay that said nothing: another mail must be the next to probe with.
func (r attemptResult) then(next attemptResult) attemptResult {
	if r.tried && (!next.tried || r.outcome.verdict == refused && next.outcome.verdict == down) {
		return r
	}
	return next
}

// with hands the mail to the relay's next free sender and waits for the outcome.
func (a *attempt) with(ctx context.Context, p permit) attemptResult {
	if a.budget() < leastBudget {
		a.worker.route.untried(p)
		return attemptResult{}
	}
	result := make(chan attemptResult, 1)
	timer := time.NewTimer(handOver)
	defer timer.Stop()
	t := task{permit: p, message: a.message, budget: a.budgetFor(p), retried: a.retried, unproven: a.unproven, result: result}
	select {
	case a.worker.lanes[p.relay].tasks <- t:
		return <-result
	case <-timer.C:
	case <-ctx.Done():
	}
	a.worker.route.untried(p)
	return attemptResult{}
}

func (a *attempt) budgetFor(p permit) time.Duration {
	if p.probe && a.worker.route.worksFrom(p.relay+1) {
		return min(a.budget(), probeBudget)
	}
	return a.budget()
}

// budget is what a sender may spend on the mail after it has waited for the sender.
func (a *attempt) budget() time.Duration { return time.Until(a.ends) - handOver }
