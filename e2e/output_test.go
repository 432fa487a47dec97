package e2e

import (
	"context"
	"regexp"
	"sync"
)

// output is what a program has written so far. It can be waited for.
type output struct {
	mu      sync.Mutex
	text    []byte
	changed chan struct{} // closed at the next write
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	close(o.changed)
	o.changed = make(chan struct{})
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// find returns the first match with its groups, as soon as there is one.
func (o *output) find(ctx context.Context, pattern *regexp.Regexp) ([]string, error) {
	for {
		o.mu.Lock()
		match, changed := pattern.FindStringSubmatch(string(o.text)), o.changed
		o.mu.Unlock()
		if match != nil {
			return match, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
