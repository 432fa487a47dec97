package mailer

import (
	"context"
	"sync"
	"time"

	"latchkey/store"
)

// Courier sets a clerk aside for a mail that is about to be written. It is nil where none is
// idle, where an older mail waits for one, or where the first relay is in trouble: Wake then
// says that the mail was written.
func (w *Worker) Courier() *store.Courier {
	if w.prepare() != nil {
		return nil
	}
	first, at := permit{}, time.Now()
	if !w.route.holds(first) || w.queue.waits() || !w.couriers.setAside() {
		return nil
	}
	return &store.Courier{
		Lease: lease,
		Send: func(owed *store.OwedMail) {
			w.queue.adopt(owed.Mail.ID)
			w.couriers.told <- claim{owed: owed, permit: first, at: at}
		},
		LetGo: func() { w.couriers.told <- claim{} },
	}
}

// couriers are the clerks that are set aside. Which clerk it is shows when the mail comes.
type couriers struct {
	told chan claim // has room for all clerks; an empty claim is of a mail that does not come

	mu      sync.Mutex
	idle    int // clerks that wait and are not set aside; below 0 where a claim came first
	aside   int
	serving bool
}

// setAside takes a clerk out of those that are idle, until told.
func (c *couriers) setAside() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.serving || c.idle <= 0 {
		return false
	}
	c.idle--
	c.aside++
	return true
}

// count notes how many clerks more are idle, and set aside.
func (c *couriers) count(idle, aside int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle += idle
	c.aside += aside
}

// serve says whether clerks can be set aside from now on, and how many still are.
func (c *couriers) serve(serving bool) (aside int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving = serving
	return c.aside
}

// next waits for a mail to see through. It is false when there are to be no more.
func (w *Worker) next(claimed <-chan claim) (claim, bool) {
	w.couriers.count(1, 0)
	for {
		select {
		case c, more := <-claimed:
			w.couriers.count(-1, 0)
			return c, more
		case c := <-w.couriers.told:
			if c.owed != nil {
				w.couriers.count(0, -1)
				return c, true
			}
			w.couriers.count(1, -1)
		}
	}
}

// seeOut sees through what comes for those who were set aside before the clerks went home.
func (w *Worker) seeOut(ctx, work context.Context) {
	for w.couriers.serve(false) > 0 {
		select {
		case c := <-w.couriers.told:
			w.couriers.count(0, -1)
			if c.owed != nil {
				w.seeThrough(ctx, work, c)
			}
		case <-work.Done(): // their claims end by themselves
			return
		}
	}
}
