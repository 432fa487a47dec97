package magiclink

import (
	"errors"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
)

var usualLimit = MailboxLimit{Burst: 5, PerHour: 10, PerDay: 30}

// accepted plays a person who asks every step until the end, and tells when a start
// went through.
func (l MailboxLimit) accepted(step, end time.Duration) (at []time.Duration) {
	var history []models.Instant
	for t := time.Duration(0); t < end; t += step {
		now := models.At(epoch.Add(t))
		history = recent(history, now)
		if l.wait(history, now) <= 0 {
			history, at = append(history, now), append(at, t)
		}
	}
	return at
}

func TestTheBurstThenOneAMinute(t *testing.T) {
	at := MailboxLimit{Burst: 5, PerHour: 1000, PerDay: 1000}.accepted(time.Second, 10*time.Minute)
	if len(at) != 5+9 || at[4] != 4*time.Second || at[5] != time.Minute || at[6] != 2*time.Minute {
		t.Errorf("got %d starts at %v, want five at once and then one a minute", len(at), at)
	}
}

func TestAWindowHoldsWhereverItLies(t *testing.T) {
	at := usualLimit.accepted(10*time.Second, 72*time.Hour)
	for window, most := range map[time.Duration]int{time.Hour: 10, 24 * time.Hour: 30} {
		for i := most; i < len(at); i++ {
			if at[i]-at[i-most] < window {
				t.Fatalf("%d starts within %s, at %s", most+1, window, at[i])
			}
		}
	}
	if len(at) != 3*30 {
		t.Errorf("got %d starts in three days, want 90", len(at))
	}
}

func TestTheWaitIsTheTrueOne(t *testing.T) {
	var history []models.Instant
	now := models.At(epoch)
	for range 5 {
		history = append(history, now)
	}
	wait := usualLimit.wait(history, now)
	if wait != time.Minute {
		t.Errorf("got %s, want 1m", wait)
	}
	if early := usualLimit.wait(history, now.Add(wait-time.Millisecond)); early <= 0 {
		t.Error("a millisecond early was let through")
	}
	if late := usualLimit.wait(history, now.Add(wait)); late > 0 {
		t.Errorf("after the wait: got %s more", late)
	}
}

// A mailbox that was used up while the clock was ahead is not shut until the clock is
// there again, and one that another replica has just used up is.
func TestAClockSetBackOpensTheMailbox(t *testing.T) {
	eachWorld(t, func(w *world) {
		limited(w)
		w.clock.Advance(2 * time.Hour)
		for range usualLimit.Burst {
			fatal(w, w.ask("ada@example.com"))
		}
		w.clock.Advance(-2 * time.Hour)
		fatal(w, w.ask("ada@example.com"))

		for range usualLimit.Burst {
			fatal(w, w.ask("bob@example.com"))
		}
		w.clock.Advance(-30 * time.Second)
		if err := w.ask("bob@example.com"); !errors.Is(err, problem.TooManyRequests) {
			w.Errorf("right after another replica used it up: got %v, want %v", err, problem.TooManyRequests)
		}
	})
}

// limited is the world with the mailbox limit on.
func limited(w *world) *world {
	w.MailboxLimit = usualLimit
	return w
}

func (w *world) ask(email string) error {
	_, err := w.Start(ctx, StartRequest{ProjectID: required, Email: email, Challenge: exampleChallenge, LoginURL: appURL, SignupURL: appURL})
	return err
}

func TestSpellingsOfOneMailboxShareItsLimit(t *testing.T) {
	eachWorld(t, func(w *world) {
		limited(w)
		for _, spelling := range []string{"ada.l@example.com", "adal@example.com", "ADA.L+x@example.com", "a.d.a.l+y+z@Example.com", "adal+@example.com"} {
			fatal(t, w.ask(spelling))
		}
		before := w.rows()
		err := w.ask("adal+new@example.com")
		if !errors.Is(err, problem.TooManyRequests) {
			t.Fatalf("got %v, want %v", err, problem.TooManyRequests)
		}
		if p := problem.From(err); p.Details["bucket"] != "mailbox" || p.RetryAfter != time.Minute {
			t.Errorf("got bucket %q and %s, want mailbox and 1m", p.Details["bucket"], p.RetryAfter)
		}
		if after := w.rows(); !sameRows(before, after) {
			t.Errorf("a refused start wrote: %v, then %v", before, after)
		}
		fatal(t, w.ask("bob@example.com"))
		w.clock.Advance(time.Minute)
		fatal(t, w.ask("adal+new@example.com"))
	})
}

func sameRows(a, b map[string]int) bool {
	for table := range a {
		if a[table] != b[table] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestARefusedStartLeavesLinksThatAreOut(t *testing.T) {
	eachWorld(t, func(w *world) {
		limited(w)
		f := w.start()
		for range 20 {
			_ = w.ask(ada)
		}
		w.redeem(f)
	})
}

func TestFiftyStartsAtOnceGetTheBurst(t *testing.T) {
	eachWorld(t, func(w *world) {
		limited(w).MailQueued = func(models.ID) {} // the world's own is for one at a time
		errs := make([]error, 50)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = w.ask("ada@example.com") })
		}
		all.Wait()
		through := 0
		for _, err := range errs {
			if err == nil {
				through++
			} else if !errors.Is(err, problem.TooManyRequests) {
				t.Error(err)
			}
		}
		if through != 5 {
			t.Errorf("%d went through, want 5", through)
		}
	})
}

func TestAProjectsLimitAndTheTotal(t *testing.T) {
	for bucket, set := range map[string]func(*world){
		"project": func(w *world) { w.Projects[required].Limiter = PerMinute(3) },
		"total":   func(w *world) { w.Limiter = PerMinute(3) },
	} {
		t.Run(bucket, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				set(w)
				for range 3 {
					fatal(t, w.ask(ada))
				}
				before := w.rows()
				err := w.ask(ada)
				if p := problem.From(err); !errors.Is(err, problem.TooManyRequests) || p.Details["bucket"] != bucket || p.RetryAfter != 20*time.Second {
					t.Errorf("%s: got %v with %v and %s, want a wait of 20s", bucket, err, p.Details, p.RetryAfter)
				}
				if !sameRows(before, w.rows()) {
					t.Errorf("%s: a refused start wrote", bucket)
				}
				w.clock.Advance(20 * time.Second)
				fatal(t, w.ask(ada))
			})
		})
	}
}

// What one mailbox is refused must not be taken from everybody's budget.
func TestARefusedStartUsesNothingUp(t *testing.T) {
	eachWorld(t, func(w *world) {
		limited(w).Limiter = PerMinute(6)
		for range 100 {
			_ = w.ask(ada)
		}
		fatal(t, w.ask("bob@example.com"))
	})
}
