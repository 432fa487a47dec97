package mailer

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
	"latchkey/templates"
)

const (
	// pollPause is how often the database is asked for mail that nobody was woken
	// for: another process's, deferred ones, claims whose holder died.
	pollPause = 2 * time.Second
	// shortestPoll keeps the worker from asking over and over when its clock and the
	// database's differ.
	shortestPoll = 100 * time.Millisecond
	// drainTime is what a mail under way gets when the worker is told to stop. With
	// the record and the farewell after it, that ends within ten seconds.
	drainTime = 6 * time.Second
)

// Worker sends the queued mails of all projects. Its fields are set once, before
// use; all of them are needed.
type Worker struct {
	Store     *store.Store
	Keys      *sealed.KeyRing
	Templates *templates.Set
	Config    Config
	Now       func() time.Time
	Logger    *slog.Logger

	once     sync.Once
	fault    error // of the configuration
	queue    *queue
	route    *route
	lanes    []lane // one for each relay
	composer composer
	roster   roster
	settler  settler
}

// lane is the way to one relay: from the clerks to whichever of its senders is free.
type lane struct {
	tasks   chan task
	senders []*sender
}

// Run sends mail until ctx ends. It then finishes what is under way, in a few
// seconds at most, and leaves the rest in the database for the next start.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.prepare(); err != nil {
		return err
	}
	w.with(ctx, w.whenDue, func() { w.feed(ctx) })
	return nil
}

// DeliverDue tries each mail that is due now once, and returns when all have been
// tried or all relays are in trouble. It is not for use while Run is.
func (w *Worker) DeliverDue(ctx context.Context) error {
	if err := w.prepare(); err != nil {
		return err
	}
	if err := w.fill(ctx); err != nil {
		return err
	}
	for w.with(ctx, w.atOnce, func() {}) > 0 { // what was given back is in the queue again
	}
	return ctx.Err()
}

// with runs the clerks, and the senders they need, for the mails of the queue, as leave
// lets it, and meanwhile does meanwhile. It returns when all clerks have finished and the
// senders have hung up, and says how many mails there were.
func (w *Worker) with(ctx context.Context, leave leave, meanwhile func()) (mails int) {
	work, stop := outlive(ctx, drainTime)
	defer stop()
	serving, dismiss := context.WithCancel(ctx)
	settled := make(chan struct{})
	var clerks, others sync.WaitGroup
	for _, lane := range w.lanes {
		for _, s := range lane.senders {
			others.Go(func() { s.serve(serving, work, lane.tasks) })
		}
	}
	others.Go(func() { w.settler.run(settled) })
	claimed := make(chan claim)
	for range w.Config.clerks() {
		clerks.Go(func() { w.clerk(ctx, work, claimed) })
	}
	clerks.Go(func() {
		defer close(claimed)
		mails = w.claim(ctx, work, leave, claimed)
	})
	w.roster.serve(true)
	meanwhile()
	clerks.Wait()
	w.seeOut(work)
	dismiss()
	close(settled)
	others.Wait()
	return mails
}

// Wake says that the mail is in the database and due. It never blocks; a mail that
// is not remembered is found by the next poll.
func (w *Worker) Wake(id models.ID) {
	if w.prepare() == nil {
		w.queue.add(id)
	}
}

// SetProjects puts these in the place of the configuration's, for mails composed from
// now on.
func (w *Worker) SetProjects(projects map[string]Project) {
	if w.prepare() == nil {
		w.composer.projects.Store(&projects)
	}
}

// Health tells whether the relays take mail. Until the first trouble, they do.
func (w *Worker) Health() Health {
	if err := w.prepare(); err != nil {
		return Health{Degraded: true, Reason: "the mail relay is not configured"}
	}
	return w.route.health()
}

func (w *Worker) prepare() error {
	w.once.Do(func() { w.fault = w.build() })
	return w.fault
}

func (w *Worker) build() error {
	if len(w.Config.Relays) == 0 {
		return errors.New("mailer: no relay is configured")
	}
	w.queue = newQueue()
	w.roster.told = make(chan *claim, w.Config.clerks())
	w.settler = settler{store: w.Store, arriving: make(chan *settlement)}
	w.route = newRoute(len(w.Config.Relays), w.Logger)
	w.composer.keys, w.composer.templates, w.composer.publicURL = w.Keys, w.Templates, w.Config.PublicURL
	w.composer.projects.Store(&w.Config.Projects)
	for _, relay := range w.Config.Relays {
		w.lanes = append(w.lanes, w.newLane(relay))
	}
	return nil
}

func (w *Worker) newLane(relay Relay) lane {
	l := lane{tasks: make(chan task)}
	for range w.Config.senders() {
		l.senders = append(l.senders, &sender{
			route: w.route, now: w.Now, idleClose: w.Config.idleClose(), carrier: w.Config.carrierTo(relay),
		})
	}
	return l
}

func (c Config) carrierTo(relay Relay) carrier {
	if relay.Program != "" {
		return &program{path: relay.Program, timeout: programTimeout}
	}
	return c.connectionTo(relay)
}

// feed keeps the queue filled from the database.
func (w *Worker) feed(ctx context.Context) {
	for ctx.Err() == nil {
		timer := time.NewTimer(w.poll(ctx))
		select {
		case <-ctx.Done():
		case <-w.queue.low:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// poll looks for due mail, and says when to look again.
func (w *Worker) poll(ctx context.Context) time.Duration {
	if err := w.fill(ctx); err != nil {
		if ctx.Err() == nil {
			w.Logger.Error("queued mail cannot be listed", "err", err)
		}
		return pollPause
	}
	next, err := w.Store.NextMailAt(ctx)
	if err != nil || next == nil {
		return pollPause
	}
	// What is due already is in the queue or in somebody's hands.
	if wait := next.Time().Sub(w.Now()); wait > 0 {
		return min(max(wait, shortestPoll), pollPause)
	}
	return pollPause
}

// fill puts due mails into the queue.
func (w *Worker) fill(ctx context.Context) error {
	w.queue.more.Store(false)
	ids, err := w.Store.DueMails(ctx, fillSize)
	if err != nil {
		return err
	}
	if len(ids) == fillSize {
		w.queue.more.Store(true)
	}
	for _, id := range ids {
		w.queue.add(id)
	}
	return nil
}
