package mailer

import (
	"context"
	"sync"
	"sync/atomic"
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
	first, at := permit{}, time.Now() // which is no probe as long as it holds
	if !w.route.holds(first) || w.queue.waits() || w.roster.passing.Load() || !w.roster.setAside() {
		return nil
	}
	return &store.Courier{
		Lease: lease,
		Send: func(owed *store.OwedMail) {
			w.queue.adopt(owed.Mail.ID)
			w.roster.told <- &claim{owed: owed, permit: first, at: at}
		},
		LetGo: func() { w.roster.told <- nil },
	}
}

// roster counts the clerks that wait. Which of them is set aside shows only when the mail
// comes.
type roster struct {
	told    chan *claim // has room for all clerks; nil: the mail does not come
	passing atomic.Bool // claims are being passed to whoever is idle

	mu      sync.Mutex
	idle    int // clerks that wait and are not set aside; below 0 where a claim came first
	aside   int
	serving bool
}

// setAside takes a clerk out of those that are idle, until told.
func (r *roster) setAside() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.serving || r.idle <= 0 {
		return false
	}
	r.idle--
	r.aside++
	return true
}

// count notes how many clerks more are idle, and set aside.
func (r *roster) count(idle, aside int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle += idle
	r.aside += aside
}

// serve says whether clerks can be set aside from now on, and how many still are.
func (r *roster) serve(serving bool) (aside int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serving = serving
	return r.aside
}

// next waits for a mail to see through. It is false when there are to be no more.
func (w *Worker) next(claimed <-chan claim) (claim, bool) {
	w.roster.count(1, 0)
	for {
		select {
		case c, more := <-claimed:
			w.roster.count(-1, 0)
			return c, more
		case c := <-w.roster.told:
			if c != nil {
				w.roster.count(0, -1)
				return *c, true
			}
			w.roster.count(1, -1)
		}
	}
}

// seeOut gives back what comes for those who were still set aside when the clerks went home,
// all at once and until work ends. What comes later lies until its claim ends.
func (w *Worker) seeOut(work context.Context) {
	var mails sync.WaitGroup
	defer mails.Wait()
	for range w.roster.serve(false) {
		select {
		case c := <-w.roster.told:
			w.roster.count(0, -1)
			if c != nil {
				mails.Go(func() { w.giveUp(work, *c) })
			}
		case <-work.Done():
			return
		}
	}
}

// giveUp gives a claimed mail back that nobody has looked at.
func (w *Worker) giveUp(work context.Context, c claim) {
	record, stop := recordTime(work, c.at)
	defer stop()
	w.release(record, c.owed, c.owed.Mail.LastReply)
	w.queue.done(c.owed.Mail.ID)
}
