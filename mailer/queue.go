package mailer

import (
	"slices"
	"sync"
	"sync/atomic"

	"latchkey/models"
)

const (
	// queueSize bounds what a backlog costs in memory: ids only, well below 1 MiB.
	// The rest waits in the database.
	queueSize = 4096
	// fillSize is how many ids one look into the database brings.
	fillSize = 1024
	// lowWater is when the next look is asked for: early enough that four senders
	// do not run dry meanwhile.
	lowWater = 256
)

// queue holds the ids of mails to try, each once. Whether one is still owed shows
// when it is claimed.
type queue struct {
	// filled says that there are ids.
	filled chan struct{}
	// low asks for a look into the database: little is left here and more is there.
	low  chan struct{}
	more atomic.Bool // the database holds due mails that are not here

	mu    sync.Mutex
	ids   []models.ID
	known map[models.ID]struct{} // waiting here or in a clerk's hands
}

func newQueue() *queue {
	return &queue{
		filled: make(chan struct{}, 1), low: make(chan struct{}, 1),
		known: make(map[models.ID]struct{}),
	}
}

// add never blocks: what does not fit is left to the next look.
func (q *queue) add(id models.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, known := q.known[id]; known {
		return
	}
	if len(q.ids) >= queueSize {
		q.more.Store(true)
		return
	}
	q.known[id] = struct{}{}
	q.ids = append(q.ids, id)
	signal(q.filled)
}

// waits says whether an id waits here.
func (q *queue) waits() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.ids) > 0
}

// adopt takes note of a mail that came to a clerk past the queue.
func (q *queue) adopt(id models.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known[id] = struct{}{}
}

// take takes up to limit ids out, in their order.
func (q *queue) take(limit int) []models.ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := slices.Clone(q.ids[:min(limit, len(q.ids))])
	q.ids = q.ids[len(taken):]
	if len(q.ids) > 0 {
		signal(q.filled)
	}
	if len(q.ids) < lowWater && q.more.Load() {
		signal(q.low)
	}
	return taken
}

// putBack makes one that was taken the next again.
func (q *queue) putBack(id models.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ids = slices.Insert(q.ids, 0, id)
	signal(q.filled)
}

// done forgets ids that were taken: from now on they may be added again.
func (q *queue) done(ids ...models.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		delete(q.known, id)
	}
}

// signal leaves word, unless there is some.
func signal(word chan struct{}) {
	select {
	case word <- struct{}{}:
	default:
	}
}
