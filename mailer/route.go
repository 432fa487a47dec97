package mailer

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// route is what all clerks and senders know of the relays together. Mail goes to the
// first that is not in trouble; one that is gets a mail to probe it with at each of
// its pauses, whether or not another stands in for it.
type route struct {
	logger *slog.Logger

	mu       sync.Mutex
	breakers []breaker     // in the order of the relays
	changed  chan struct{} // closed when those who wait should ask again
}

func newRoute(relays int, logger *slog.Logger) *route {
	return &route{logger: logger, breakers: make([]breaker, relays), changed: make(chan struct{})}
}

// permit is leave to try one mail with one relay. It is given back with its result.
type permit struct {
	relay int // its position
	probe bool
}

// admit asks for leave. Without it, ask again after wait, or when changed closes.
func (r *route) admit(now time.Time) (p permit, ok bool, wait time.Duration, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok, wait = r.first(0, now)
	return p, ok, wait, r.changed
}

// admitAfter asks for leave with a relay behind the one that failed.
func (r *route) admitAfter(failed int, now time.Time) (p permit, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok, _ = r.first(failed+1, now)
	return p, ok
}

func (r *route) first(from int, now time.Time) (p permit, ok bool, wait time.Duration) {
	wait = lastProbePause
	for i := from; i < len(r.breakers); i++ {
		admitted, probe, pause := r.breakers[i].admit(now)
		if admitted {
			return permit{relay: i, probe: probe}, true, 0
		}
		wait = min(wait, pause)
	}
	return permit{}, false, wait
}

// holds tells whether the leave is still worth anything: the relay may have failed
// since.
func (r *route) holds(p permit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return p.probe || r.breakers[p.relay].trouble == nil
}

// worksFrom tells whether that relay or one behind it is out of trouble.
func (r *route) worksFrom(relay int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.breakers[relay:], working)
}

func working(b breaker) bool { return b.trouble == nil }

// untried gives leave back with which nothing was sent: the mail was not owed any
// more. Another may probe at once.
func (r *route) untried(p permit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.probe {
		r.breakers[p.relay].probing = false
		r.wakeAll()
	}
}

// report gives leave back with what came of it, and on whom a refusal may rest.
func (r *route) report(p permit, o outcome, on blame, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.probe && slices.ContainsFunc(r.breakers, working) {
		on = onRelay // nobody waits for the next probe
	}
	r.log(p.relay, r.breakers[p.relay].report(p.probe, o, on, now), now)
	if p.probe {
		r.wakeAll()
	}
}

func (r *route) log(relay int, t turn, now time.Time) {
	if t == noTurn {
		return
	}
	b := &r.breakers[relay]
	log := r.logger.With("relay", fmt.Sprintf("%d of %d", relay+1, len(r.breakers)))
	switch t {
	case wentDown:
		log.Warn("mail relay takes nothing", b.trouble.logged()...)
	case otherTrouble:
		log.Warn("mail relay still takes nothing, for another reason", b.trouble.logged()...)
	case recovered:
		log.Info("mail relay works again", "after", now.Sub(b.since).Round(time.Second).String())
	}
}

// logged is a trouble as an operator needs it.
func (o outcome) logged() []any {
	logged := []any{"trouble", o.trouble, "reply", o.reply()}
	if o.cause != "" {
		logged = append(logged, "cause", o.cause)
	}
	return append(logged, "see", "latchkey doctor")
}

func (r *route) wakeAll() {
	close(r.changed)
	r.changed = make(chan struct{})
}
