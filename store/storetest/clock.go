package storetest

import (
	"sync"
	"time"
)

// Clock stands still until it is moved, for what takes its time from a Now function.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock stands at the given time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is where it stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves it by d, which may be negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
