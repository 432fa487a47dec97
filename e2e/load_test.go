package e2e

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// load is many clients at once who start logins and redeem the tokens that arrived, as
// fast as they are answered.
type load struct {
	ledger  *ledger
	clients int
	apps    []backEnd // of the replicas: each request goes to one of them by chance
	owed    int       // nobody starts a login while so many mails are owed; 0: whatever is
}

// connected gives every client a kept connection to each replica.
func connected(clients int, servers ...*server) (apps []backEnd) {
	for _, s := range servers {
		app := s.backEnd(0)
		app.transport = &http.Transport{MaxIdleConnsPerHost: clients}
		apps = append(apps, app)
	}
	return apps
}

// run returns when ctx has ended and every request has its answer, or none for good.
func (l *load) run(ctx context.Context, seed uint64) {
	var working sync.WaitGroup
	for i := range l.clients {
		chance := rand.New(rand.NewPCG(seed, uint64(i)))
		working.Go(func() {
			for ctx.Err() == nil {
				if err := l.step(ctx, chance); err != nil {
					pauseFor(ctx, 5*time.Millisecond) // nobody is there: not over and over
				}
			}
		})
	}
	working.Wait()
}

// step is two starts for each redeem, about.
func (l *load) step(ctx context.Context, chance *rand.Rand) error {
	app := l.apps[chance.IntN(len(l.apps))]
	if chance.IntN(3) == 0 {
		if n := l.ledger.take(chance); n != nil {
			return l.redeem(app, n)
		}
	}
	if l.owed > 0 {
		l.ledger.awaitFewer(ctx, l.owed)
	}
	return l.start(app)
}

// startMany is so many starts, and no redeems.
func (l *load) startMany(starts int) {
	var working sync.WaitGroup
	todo := make(chan int)
	for range l.clients {
		working.Go(func() {
			for i := range todo {
				_ = l.start(l.apps[i%len(l.apps)]) // the ledger knows what came of it
			}
		})
	}
	for i := range starts {
		todo <- i
	}
	close(todo)
	working.Wait()
}

func (l *load) start(app backEnd) error {
	n := l.ledger.begin()
	a, err := app.post(startPath, body{"email": n.address, "code_challenge": n.pair.challenge})
	l.ledger.answered(n, a, err)
	return err
}

func (l *load) redeem(app backEnd, n *login) error {
	a, err := app.post("/v1/magic_links/authenticate", body{
		"token": n.token, "code_verifier": n.pair.verifier, "session_duration_minutes": 60,
	})
	l.ledger.tried(n, a, err)
	return err
}

// redeemAll tries every token that arrived until it is refused, and so whether it can be
// redeemed once more.
func (l *load) redeemAll(seed uint64) {
	var working sync.WaitGroup
	for i := range l.clients {
		chance := rand.New(rand.NewPCG(seed, uint64(i)))
		working.Go(func() {
			for n := l.ledger.take(chance); n != nil; n = l.ledger.take(chance) {
				if l.redeem(l.apps[chance.IntN(len(l.apps))], n) != nil {
					return
				}
			}
		})
	}
	working.Wait()
}

func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
