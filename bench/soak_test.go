package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// soakVariable is how long the drill R12 lasts. `make test` makes it short.
	soakVariable = "LATCHKEY_R12_LASTS"
	shortSoak    = 6 * time.Second
	// soakPlotsVariable names the folder for the plots; none are drawn without it.
	soakPlotsVariable = "LATCHKEY_R12_PLOTS"

	soakRate   = 100 // logins a second
	soakPeople = 20_000
)

// TestASoakLeavesEverythingFlat is drill R12: logins for a long time, while the relay
// comes and goes. Each accepted start ends in one mail and one session, and the service
// needs no more of anything at the end than in the middle.
func TestASoakLeavesEverythingFlat(t *testing.T) {
	lasts := shortSoak
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil || lasts < time.Second {
			t.Fatalf("%s: got %q, want a time from a second on, as 30m", soakVariable, text)
		}
	}
	program := built(t)
	for _, on := range makers() {
		t.Run(on.kind, func(t *testing.T) {
			t.Parallel()
			b := &bench{program: program, results: os.Getenv(soakPlotsVariable)}
			s, err := b.newSoak(t.Context(), on, lasts)
			if err != nil {
				t.Fatal(err)
			}
			err = s.run(t.Context())
			complaints := s.complaints()
			if err = errors.Join(err, s.world.stop()); err != nil {
				t.Fatalf("after %d of %d logins: %v\n%s", s.redeemed.Load(), s.logins, err, complaints)
			}
			t.Log("\n" + s.report())
			for _, fault := range s.faults() {
				t.Error(fault)
			}
			if t.Failed() {
				t.Logf("the service's warnings and errors:\n%s", complaints)
			}
			if b.results != "" {
				if err := s.draw(b); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// built is the program as make build makes it.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey")
	cmd := exec.Command("go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags", "-s -w", "-o", path, "latchkey/cmd/latchkey")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// run returns when every login has come to its end, or is too late.
func (s *soak) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.lasts+patience)
	defer cancel()
	over, finish := context.WithCancel(ctx)
	defer finish()
	var beside errgroup.Group
	beside.Go(func() error { return s.flap(over) })
	beside.Go(func() error { return s.look(over) })
	beside.Go(func() error {
		_, err := s.world.load(redeemConnections, func(c *caller, _ int) error { return s.redeem(over, c) }).until(ctx, over.Done())
		return err
	})
	var err error
	s.starts, err = s.world.load(startConnections, s.start).arrives(ctx, soakRate, s.lasts)
	for err == nil && s.unfinished() > 0 && pause(ctx, 10*time.Millisecond) {
	}
	finish()
	return errors.Join(err, beside.Wait())
}
