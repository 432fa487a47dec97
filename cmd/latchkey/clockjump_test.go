package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"latchkey/store/storetest"
)

// jumpingClock goes like the machine's, but for what it was moved by. Its times have no
// monotonic part, so that what is measured with it jumps, too.
type jumpingClock struct {
	moved atomic.Int64
	read  atomic.Int64 // how often
}

func (c *jumpingClock) now() time.Time {
	c.read.Add(1)
	return time.Now().Round(0).Add(time.Duration(c.moved.Load()))
}

func (c *jumpingClock) jump(d time.Duration) { c.moved.Add(int64(d)) }

// TestTheClockJumps is drill R8: everything that serve runs, by a clock that is set ahead
// or back and later put right again. Go reads the time without the C library, so there is
// no way to move it under the built program.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	var report jumpReport
	t.Run("by", func(t *testing.T) {
		for _, by := range []time.Duration{2 * time.Hour, -2 * time.Hour, 24 * time.Hour} {
			t.Run(by.String(), func(t *testing.T) {
				t.Parallel()
				storetest.EachURL(t, func(t *testing.T, url string) {
					t.Parallel()
					clock := new(jumpingClock)
					report.add(by, url, runAt(t, url, clock).survives(t, clock, by))
				})
			})
		}
	})
	t.Logf("R8, the clock jumps and is put right again\n%s", report.table())
}

// jumpSeen is what is shown of one jump; all else is as it must be, or the test fails.
type jumpSeen struct {
	mailAfter time.Duration // the mail that waited for its next try
	readings  int64         // of the clock in a second without requests
	told      time.Duration // the longest wait that a mailbox was told
}

func (s *running) survives(t *testing.T, clock *jumpingClock, by time.Duration) (seen jumpSeen) {
	before := s.logIn(t, "ada@example.com")
	for range s.limit {
		s.start(t, "eve@example.com", http.StatusOK)
	}
	s.relay.busy.Store(true)
	waiting := s.start(t, "bob@example.com", http.StatusOK)
	s.awaitPutOff(t, "bob@example.com", clock)

	clock.jump(by)
	seen.readings = s.readingsInASecond(t, clock) // while mail waits
	s.relay.busy.Store(false)
	at := time.Now()
	s.relay.token(t, "bob@example.com") // though its next try may lie hours from now
	seen.mailAfter = time.Since(at)
	s.awaitNothingOwed(t)
	seen.readings = max(seen.readings, s.readingsInASecond(t, clock)) // while none does
	s.redeem(t, waiting, http.StatusOK)
	s.redeem(t, before.link, http.StatusUnauthorized)
	s.checkSession(t, before, by < sessionLife)
	during := s.logIn(t, "during@example.com")
	s.checkSession(t, during, true)
	seen.told = s.checkMailboxOpens(t, clock, "eve@example.com")

	clock.jump(-by)
	s.redeem(t, before.link, http.StatusUnauthorized)
	s.redeem(t, during.link, http.StatusUnauthorized)
	s.checkSession(t, before, true)
	s.checkSession(t, during, by > -sessionLife)
	s.checkSession(t, s.logIn(t, "after@example.com"), true)
	seen.told = max(seen.told, s.checkMailboxOpens(t, clock, "eve@example.com"))
	return seen
}

// awaitPutOff waits until the relay has put the address's mail off and the database says so:
// until then the next try would be reckoned by the clock after the jump.
func (s *running) awaitPutOff(t *testing.T, address string, clock *jumpingClock) {
	t.Helper()
	s.relay.awaitPutOff(t, address)
	for {
		next, err := s.app.store.NextMailAt(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next != nil && next.Time().After(clock.now()) {
			return
		}
	}
}

// mostReadings in a second without requests is several times what the polls need, and thousands less
// than a loop without a pause takes.
const mostReadings = 100

// awaitNothingOwed waits until no mail is left.
func (s *running) awaitNothingOwed(t *testing.T) {
	t.Helper()
	for {
		next, err := s.app.store.NextMailAt(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next == nil {
			return
		}
	}
}

// readingsInASecond counts how often somebody asks for the time, as all do who ask the
// database for work. Nobody makes a request meanwhile. The second begins when the worker
// looks for mail, which it may not do again before it is over.
func (s *running) readingsInASecond(t *testing.T, clock *jumpingClock) int64 {
	t.Helper()
	before := clock.read.Load()
	for looks := time.Tick(time.Millisecond); clock.read.Load() == before; {
		<-looks
	}
	<-time.After(time.Second)
	read := clock.read.Load() - before
	if read > mostReadings {
		t.Errorf("the clock was read %d times in a second after the jump, want at most %d", read, mostReadings)
	}
	return read
}

// checkMailboxOpens: a mailbox whose limit was used up by another clock takes a start
// within a minute, and whoever waits as long as told gets in.
func (s *running) checkMailboxOpens(t *testing.T, clock *jumpingClock, address string) time.Duration {
	t.Helper()
	wait, err := time.ParseDuration(cmp.Or(s.ask(t, address).retryAfter, "0") + "s")
	if err != nil || wait > time.Minute {
		t.Errorf("Retry-After: got %s (%v), want at most a minute", wait, err)
	}
	clock.jump(wait)
	s.start(t, address, http.StatusOK)
	return wait
}

// checkSession wants the session alive or over, by its token, and while it is alive a JWT
// that is good at once.
func (s *running) checkSession(t *testing.T, in entered, alive bool) {
	t.Helper()
	if !alive {
		s.post(t, "/v1/sessions/authenticate", fmt.Sprintf(`{"session_token":%q}`, in.SessionToken), http.StatusNotFound)
		return
	}
	now := s.post(t, "/v1/sessions/authenticate", fmt.Sprintf(`{"session_token":%q}`, in.SessionToken), http.StatusOK)
	s.post(t, "/v1/sessions/authenticate", fmt.Sprintf(`{"session_jwt":%q}`, now.SessionJWT), http.StatusOK)
}

// jumpReport is the drill's table.
type jumpReport struct {
	mu   sync.Mutex
	rows []string
}

func (r *jumpReport) add(by time.Duration, url string, seen jumpSeen) {
	kind, _, _ := strings.Cut(url, ":")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, fmt.Sprintf("%+.0f h\t%s\t%s\t%d\t%s", by.Hours(), kind, seen.mailAfter.Round(time.Millisecond), seen.readings, seen.told))
}

func (r *jumpReport) table() string {
	slices.Sort(r.rows)
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "jump\tdatabase\tmail put off came after\tclock read in a quiet second\tmailbox told to wait")
	for _, row := range r.rows {
		fmt.Fprintln(table, row)
	}
	fmt.Fprintf(table, "required\t\t≤ 60 s\t≤ %d\t≤ 1 min\n", mostReadings)
	table.Flush()
	return text.String()
}
