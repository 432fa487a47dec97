package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/mailer/catcher"
)

const (
	// loadRate is how many starts and logins are begun in a second, as far as there are
	// clients left to begin them: enough that a fault of a moment meets some.
	loadRate = 100
	// loadClients of each kind wait at once when nothing is answered.
	loadClients = 8
)

// pacedLoad is an app under way: some of its clients only ask for links, others see whole
// logins through. All that they were told is remembered.
type pacedLoad struct {
	name  string // in its addresses, which no other load has
	app   backEnd
	relay *relay // where the mails of logins come
	ticks *time.Ticker
	quit  context.CancelFunc
	under sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed at the next sample
	begun   int
	starts  []sample
	redeems []sample
	logins  []loggedIn
}

// sample is one request and its answer.
type sample struct {
	address      string
	began, ended time.Time
	answer       answer
	err          error
}

func (s sample) granted() bool { return s.err == nil && s.answer.Status == http.StatusOK }

// refused in shape: the client knows that nothing was kept and when to come again.
func (s sample) refused() bool {
	return s.err == nil && s.answer.Status == http.StatusServiceUnavailable &&
		s.answer.ErrorType == "service_unavailable" && s.answer.RetryAfter != ""
}

// loggedIn is a login that was acknowledged.
type loggedIn struct{ token, verifier, session string }

// paced puts a server under load until the test, or the load, ends.
func paced(t *testing.T, s settings, r *relay) *pacedLoad {
	l, ctx := newPacedLoad(t, s)
	l.relay = r
	for range loadClients {
		l.under.Go(func() { l.repeat(ctx, func(address string) { l.start(address, newPair()) }) })
		l.under.Go(func() { l.repeat(ctx, func(address string) { l.logIn(ctx, address) }) })
	}
	return l
}

// pacedStarts is a load of starts alone.
func pacedStarts(t *testing.T, s settings) *pacedLoad {
	l, ctx := newPacedLoad(t, s)
	for range loadClients {
		l.under.Go(func() { l.repeat(ctx, func(address string) { l.start(address, newPair()) }) })
	}
	return l
}

func newPacedLoad(t *testing.T, s settings) (*pacedLoad, context.Context) {
	ctx, quit := context.WithCancel(t.Context())
	l := &pacedLoad{name: rand.Text(), app: s.backEnd(0), ticks: time.NewTicker(time.Second / loadRate), quit: quit, changed: make(chan struct{})}
	l.app.transport = &http.Transport{MaxIdleConnsPerHost: 2 * loadClients}
	t.Cleanup(l.end)
	return l, ctx
}

// end waits for the answers that are still to come.
func (l *pacedLoad) end() {
	l.quit()
	l.ticks.Stop()
	l.under.Wait()
}

func (l *pacedLoad) repeat(ctx context.Context, step func(address string)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.ticks.C:
			step(l.newcomer())
		}
	}
}

func (l *pacedLoad) newcomer() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun++
	return fmt.Sprintf("%s-%d@example.com", l.name, l.begun)
}

func (l *pacedLoad) start(address string, p pair) sample {
	return l.post(&l.starts, address, startPath, body{"email": address, "code_challenge": p.challenge})
}

// logIn goes on after a refusal, as an app does.
func (l *pacedLoad) logIn(ctx context.Context, address string) {
	p := newPair()
	if !l.start(address, p).granted() {
		return
	}
	mail, err := l.relay.Wait(ctx, catcher.Wanted{Address: address})
	if err != nil {
		return // the load ends
	}
	for ctx.Err() == nil {
		s := l.post(&l.redeems, address, "/v1/magic_links/authenticate", body{
			"token": mail.Token, "code_verifier": p.verifier, "session_duration_minutes": 60,
		})
		if s.granted() {
			l.mu.Lock()
			l.logins = append(l.logins, loggedIn{mail.Token, p.verifier, s.answer.SessionToken})
			l.mu.Unlock()
		}
		if !s.refused() {
			return
		}
		select {
		case <-ctx.Done():
		case <-l.ticks.C:
		}
	}
}

func (l *pacedLoad) post(samples *[]sample, address, path string, content body) sample {
	s := sample{address: address, began: time.Now()}
	s.answer, s.err = l.app.post(path, content)
	s.ended = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	*samples = append(*samples, s)
	close(l.changed)
	l.changed = make(chan struct{})
	return s
}

// awaitGranted waits until n starts that were begun from now on were granted.
func (l *pacedLoad) awaitGranted(t *testing.T, n int) {
	t.Helper()
	since := time.Now()
	l.await(t, n, "granted", func(s sample) bool { return s.granted() && s.began.After(since) })
}

// awaitRefused waits until n more starts were refused.
func (l *pacedLoad) awaitRefused(t *testing.T, n int) {
	t.Helper()
	since := time.Now()
	l.await(t, n, "refused", func(s sample) bool { return s.refused() && s.ended.After(since) })
}

func (l *pacedLoad) await(t *testing.T, n int, what string, such func(sample) bool) {
	t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		seen, changed := countOf(l.starts, such), l.changed
		l.mu.Unlock()
		if seen >= n {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("within %s %d starts were %s, want %d", patience, seen, what, n)
		}
	}
}

// between are the samples that were begun in that time.
func (l *pacedLoad) between(from, to time.Time) (some []sample) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range slices.Concat(l.starts, l.redeems) {
		if !s.began.Before(from) && s.began.Before(to) {
			some = append(some, s)
		}
	}
	return some
}

// acknowledged are the addresses whose starts were granted.
func (l *pacedLoad) acknowledged() (addresses []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.starts {
		if s.granted() {
			addresses = append(addresses, s.address)
		}
	}
	return addresses
}

func countOf(samples []sample, such func(sample) bool) (n int) {
	for _, s := range samples {
		if such(s) {
			n++
		}
	}
	return n
}

// percentile is how long that share of the samples took at most.
func percentile(samples []sample, share float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	took := make([]time.Duration, len(samples))
	for i, s := range samples {
		took[i] = s.ended.Sub(s.began)
	}
	slices.Sort(took)
	return took[int(share*float64(len(took)-1))]
}
