package main

import (
	"fmt"
	"os"
	"time"
)

// progress says on stderr how far something is that takes long.
type progress struct {
	what string
	last time.Time
}

func newProgress(what string) *progress { return &progress{what: what, last: time.Now()} }

// at says it every other second at most.
func (p *progress) at(done, of int) {
	if now := time.Now(); now.Sub(p.last) >= 2*time.Second {
		p.last = now
		fmt.Fprintf(os.Stderr, "%s: %d of %d\n", p.what, done, of)
	}
}
