package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// ledger is what the world outside knows: what the service has acknowledged, which mails
// arrived, and which tokens were redeemed. What it owes is held against it.
type ledger struct {
	mu       sync.Mutex
	logins   []*login
	byAddr   map[string]*login
	byMail   map[string]*login // by the mail's id
	open     []*login          // whose token may be tried
	owed     int               // acknowledged starts whose mail has not come
	strays   int               // mails to nobody in the ledger
	faults   []string          // answers that there should not be
	arrivals int
	senders  map[string]int // how many mails came from whom, by HELO
	arrival  chan struct{}  // closed at the next
}

func newLedger() *ledger {
	return &ledger{byAddr: make(map[string]*login), byMail: make(map[string]*login), senders: make(map[string]int), arrival: make(chan struct{})}
}

// login is one address that was asked for once.
type login struct {
	address      string
	pair         pair
	acknowledged bool // its start got 200
	arrived      []delivery
	token        string // of the first mail; set before anybody may try it

	redeemed int  // how often redeeming it got 200
	unknown  bool // no answer was heard to a redeem
	refused  bool // a redeem was refused as redeemed before
	baseless bool // and that before anybody could have redeemed it
}

// begin enters a login before it is asked for.
func (l *ledger) begin() *login {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &login{address: fmt.Sprintf("person-%d@example.com", len(l.logins)), pair: newPair()}
	l.logins = append(l.logins, n)
	l.byAddr[n.address] = n
	return n
}

// answered enters what became of a start: nobody knows of one that got no answer.
func (l *ledger) answered(n *login, a answer, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
	case a.Status == 200:
		n.acknowledged = true
		l.owed += count(len(n.arrived) == 0)
	default:
		l.fault("a start", a)
	}
}

func (l *ledger) fault(what string, a answer) {
	l.faults = append(l.faults, fmt.Sprintf("%s got %d %s", what, a.Status, a.ErrorType))
}

// arrive enters a mail. With the first its token can be redeemed.
func (l *ledger) arrive(d delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrivals++
	l.senders[d.helo]++
	close(l.arrival)
	l.arrival = make(chan struct{})
	n := l.byAddr[d.to]
	if n == nil || d.token == "" {
		l.strays++
		return
	}
	if n.arrived = append(n.arrived, d); len(n.arrived) == 1 {
		n.token = d.token
		l.owed -= count(n.acknowledged)
		l.byMail[d.mailID()] = n
		l.open = append(l.open, n)
	}
}

// await waits until so many mails have arrived in all.
func (l *ledger) await(t *testing.T, mails int) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		l.mu.Lock()
		arrivals, arrival := l.arrivals, l.arrival
		l.mu.Unlock()
		if arrivals >= mails {
			return
		}
		select {
		case <-arrival:
			timer.Reset(patience) // a long drill goes on as long as something happens
		case <-timer.C:
			t.Fatalf("%d mails have arrived, want %d", arrivals, mails)
		}
	}
}

// awaitFewer waits until fewer than so many mails are owed, or ctx ends.
func (l *ledger) awaitFewer(ctx context.Context, mails int) {
	for {
		l.mu.Lock()
		owed, arrival := l.owed, l.arrival
		l.mu.Unlock()
		if owed < mails {
			return
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return
		}
	}
}

// take hands out a login whose token may be tried, to one client at a time; nil if there
// is none.
func (l *ledger) take(chance *rand.Rand) *login {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return nil
	}
	i, last := chance.IntN(len(l.open)), len(l.open)-1
	n := l.open[i]
	l.open[i], l.open = l.open[last], l.open[:last]
	return n
}

// tried enters what became of a redeem. The token is tried again until it is refused.
func (l *ledger) tried(n *login, a answer, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		n.unknown = true
	case a.Status == 200:
		n.redeemed++
	case a.ErrorType == "unable_to_auth_magic_link":
		n.refused, n.baseless = true, n.redeemed == 0 && !n.unknown
		return
	default:
		l.fault("a redeem", a)
	}
	if n.redeemed < 2 {
		l.open = append(l.open, n)
	}
}

// firstAfter is when the mail of that id came for the first time after the moment.
func (l *ledger) firstAfter(mailID string, moment time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.byMail[mailID]
	if n == nil {
		return time.Time{}, false
	}
	for _, d := range n.arrived {
		if d.at.After(moment) {
			return d.at, true
		}
	}
	return time.Time{}, false
}

// tally is the ledger in figures.
type tally struct {
	senders                     map[string]int
	starts, acknowledged        int
	lost                        int // acknowledged, and no mail ever came
	mails, again, renamed       int // accepted; of a login that had one; under another Message-ID
	redeemed, twice, unanswered int
	baseless, untried           int
	strays                      int
	faults                      []string
}

func (l *ledger) tally() tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := tally{starts: len(l.logins), strays: l.strays, faults: l.faults, senders: maps.Clone(l.senders)}
	for _, n := range l.logins {
		sum.acknowledged += count(n.acknowledged)
		sum.lost += count(n.acknowledged && len(n.arrived) == 0)
		sum.mails += len(n.arrived)
		sum.again += max(0, len(n.arrived)-1)
		for _, d := range n.arrived {
			sum.renamed += count(d.messageID != n.arrived[0].messageID)
		}
		sum.redeemed += count(n.redeemed > 0)
		sum.twice += count(n.redeemed > 1)
		sum.unanswered += count(n.unknown)
		sum.baseless += count(n.baseless)
		sum.untried += count(len(n.arrived) > 0 && !n.refused)
	}
	return sum
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
