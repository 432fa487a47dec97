package main

import (
	"fmt"
	"os"
	"time"
)

// progress says on stderr how far something is that takes long.
type progress struct {
	what        string
	of          int
	began, said time.Time
}

func newProgress(what string, of int) *progress {
	p := &progress{what: what, of: of, began: time.Now()}
	p.said = p.began
	return p
}

// at says how many are done, every other second at most.
func (p *progress) at(done int) {
	if time.Since(p.said) >= 2*time.Second {
		p.said = time.Now()
		fmt.Fprintf(os.Stderr, "%s: %d of %d done%s\n", p.what, done, p.of, p.left(done))
	}
}

// round says that the next begins. They are counted from 0.
func (p *progress) round(i int) {
	fmt.Fprintf(os.Stderr, "%s: round %d of %d%s\n", p.what, i+1, p.of, p.left(i))
}

// left judges by what is done.
func (p *progress) left(done int) string {
	if done == 0 {
		return ""
	}
	left := time.Since(p.began) * time.Duration(p.of-done) / time.Duration(done)
	return fmt.Sprintf(", some %s to go", left.Round(time.Second))
}
