package mailer

import (
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
	ids chan models.ID
	// low asks for a look into the database: little is left here and more is there.
	low  chan struct{}
	more atomic.Bool // the database holds due mails that are not here

	mu    sync.Mutex
	known map[models.ID]struct{} // waiting here or in a sender's hands
}

func newQueue() *queue {
	return &queue{
		ids: make(chan models.ID, queueSize), low: make(chan struct{}, 1),
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
	select {
	case q.ids <- id:
		q.known[id] = struct{}{}
	default:
		q.more.Store(true)
	}
}

// taken is to be called for each id that was received from ids.
func (q *queue) taken() {
	if len(q.ids) < lowWater && q.more.Load() {
		q.lookAgain()
	}
}

func (q *queue) lookAgain() {
	select {
	case q.low <- struct{}{}:
	default: // somebody asked already
	}
}

// done forgets the id: from now on it may be added again.
func (q *queue) done(id models.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.known, id)
}
