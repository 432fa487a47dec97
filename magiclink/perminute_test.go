package magiclink

import (
	"testing"
	"time"
)

// Others have come meanwhile, and were refused: what they wanted does not count.
func TestABucketTakesBackWhateverHappenedSince(t *testing.T) {
	at := time.Date(2026, 3, 5, 14, 0, 0, 0, time.UTC)
	b := PerMinute(3)
	for range 3 {
		if wait := b.take(at); wait != 0 {
			t.Fatalf("got to wait %v, want none", wait)
		}
	}
	for range 10 {
		if wait := b.take(at.Add(5 * time.Second)); wait != 15*time.Second {
			t.Errorf("got to wait %v, want 15s", wait)
		}
	}
	for range 3 {
		b.giveBack()
	}
	for i := range 3 {
		if wait := b.take(at.Add(5 * time.Second)); wait != 0 {
			t.Errorf("%d were given back, want 3", i)
		}
	}
}

// A clock that is set back neither fills the bucket nor keeps it from filling.
func TestABucketFillsByAClockThatWasSetBack(t *testing.T) {
	at := time.Date(2026, 3, 5, 14, 0, 0, 0, time.UTC)
	b := PerMinute(1)
	b.take(at)
	before := at.Add(-2 * time.Hour)
	if wait := b.take(before); wait != time.Minute {
		t.Errorf("got to wait %v, want a minute", wait)
	}
	if wait := b.take(before.Add(time.Minute)); wait != 0 {
		t.Errorf("a minute later: got to wait %v, want none", wait)
	}
}
