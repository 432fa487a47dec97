package magiclink

import (
	"sync"
	"time"
)

// Bucket holds so many starts and fills again within a minute. It is this process's own:
// one counter that all replicas write would cut the rate of starts to a quarter, so each
// gets its share. What is taken can be given back, which x/time/rate only does while
// nothing was reserved since.
type Bucket struct {
	size float64

	mu   sync.Mutex
	left float64
	at   time.Time // when that was
}

// PerMinute is a full bucket of that many starts, or nil for no limit.
func PerMinute(starts int) *Bucket {
	if starts == 0 {
		return nil
	}
	return &Bucket{size: float64(starts), left: float64(starts)}
}

// take counts a start, or says how long to wait for the next one.
func (b *Bucket) take(now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// A clock that was set back fills nothing, and starts anew from where it is.
	b.left = min(b.size, b.left+max(0, now.Sub(b.at)).Minutes()*b.size)
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / b.size * float64(time.Minute))
	}
	b.left--
	return 0
}

// giveBack puts back what was taken and not made use of.
func (b *Bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.size, b.left+1)
}
