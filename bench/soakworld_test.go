package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// soak is the drill R12 on one database.
type soak struct {
	world  *world
	kind   string
	lasts  time.Duration
	logins int // that are to be

	tokens     chan string
	mailed     sync.Map // tokens that have come
	accepted   atomic.Int64
	refused    atomic.Int64 // starts and redemptions
	duplicates atomic.Int64
	redeemed   atomic.Int64
	refusal    atomic.Value // the last one's error

	starts   *outcome
	samples  []sample
	outages  int
	slowest  time.Duration // from the relay's return until no mail waited
	progress *progress
}

func (b *bench) newSoak(ctx context.Context, on maker, lasts time.Duration) (s *soak, err error) {
	logins := int(lasts.Seconds() * soakRate)
	s = &soak{
		kind: on.kind, lasts: lasts, logins: logins, tokens: make(chan string, logins),
		progress: newProgress("soak, "+on.kind+", logins", logins),
	}
	s.world, err = b.newWorld(ctx, on, s.read)
	return s, err
}

// patience is for what is under way at the end: the mails of an outage, and no more.
const patience = time.Minute

// read is for the sink. A mail that comes twice is redeemed once.
func (s *soak) read(_, token []byte) {
	if _, known := s.mailed.LoadOrStore(string(token), true); known {
		s.duplicates.Add(1)
		return
	}
	s.tokens <- string(token)
}

// start asks for one after the other of the people, whose last link is redeemed by the
// time they come back.
func (s *soak) start(c *caller, i int) error {
	if err := c.start(i % soakPeople); err != nil {
		return s.note(c, err)
	}
	s.accepted.Add(1)
	return nil
}

func (s *soak) redeem(ctx context.Context, c *caller) error {
	select {
	case token := <-s.tokens:
		if err := c.redeem(token); err != nil {
			return s.note(c, err)
		}
		s.redeemed.Add(1)
	case <-ctx.Done():
	}
	return nil
}

// note counts a refusal: the soak goes on, and fails at its end.
func (s *soak) note(c *caller, err error) error {
	s.refused.Add(1)
	s.refusal.Store(err.Error())
	return c.close()
}

// unfinished are the accepted logins whose mail has not come or whose link is not
// redeemed.
func (s *soak) unfinished() int64 { return s.accepted.Load() - s.redeemed.Load() }

// waiting is how many mails are owed.
func (s *soak) waiting() int64 { return s.unfinished() - int64(len(s.tokens)) }

// flap takes the relay away for a sixth of each minute; in a short soak, of each third.
func (s *soak) flap(ctx context.Context) error {
	period := min(time.Minute, s.lasts/3)
	for pause(ctx, period*5/6) {
		if err := s.world.sink.leave(); err != nil {
			return err
		}
		s.outages++
		pause(ctx, period/6)
		s.world.sink.back()
		began := time.Now()
		for s.waiting() > soakRate/10 && pause(ctx, 5*time.Millisecond) {
		}
		s.slowest = max(s.slowest, time.Since(began))
	}
	return nil
}

// pause is false where ctx ended first.
func pause(ctx context.Context, long time.Duration) bool {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sample is what the service needs at a moment.
type sample struct {
	at          time.Duration
	logins      int64
	resident    float64 // MiB
	own         float64 // of it, what lies in no file
	goroutines  float64
	descriptors float64
	bytes       float64 // of the database
	waiting     float64 // mails
}

// look takes samples, some 200 in all but no more than one each 100 ms.
func (s *soak) look(ctx context.Context) error {
	began := time.Now()
	for pause(ctx, max(s.lasts/200, 100*time.Millisecond)) {
		seen, err := s.sample(time.Since(began))
		if err != nil {
			return err
		}
		s.samples = append(s.samples, seen)
		s.progress.at(int(seen.logins))
	}
	return nil
}

func (s *soak) sample(at time.Duration) (sample, error) {
	used, err := s.world.usage()
	goroutines, failed := s.world.metric("go_goroutines")
	bytes, unknown := s.world.database.size()
	return sample{
		at: at, logins: s.redeemed.Load(), resident: mebibytes(used.resident), own: mebibytes(used.own), goroutines: goroutines,
		descriptors: float64(used.descriptors), bytes: float64(bytes), waiting: float64(s.waiting()),
	}, errors.Join(err, failed, unknown)
}

// complaints are the lines of the service's log above INFO, the last hundred.
func (s *soak) complaints() string {
	log, err := os.ReadFile(s.world.file("log"))
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(log), "\n"), func(line string) bool {
		return !strings.Contains(line, `"level":"WARN"`) && !strings.Contains(line, `"level":"ERROR"`)
	})
	return strings.Join(lines[max(0, len(lines)-100):], "")
}
