package main

import (
	"maps"
	"slices"
	"sync"
)

// tokens are what the mails bring: one for each person, since a redemption revokes the
// person's other links of the same challenge.
type tokens struct {
	mutex sync.Mutex
	of    map[string]string // by address
}

func newTokens() *tokens { return &tokens{of: make(map[string]string)} }

// read is for a sink.
func (t *tokens) read(recipient, token []byte) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.of[string(recipient)] = string(token)
}

// take returns what has come since the last time, in no order.
func (t *tokens) take() []string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	taken := slices.Collect(maps.Values(t.of))
	clear(t.of)
	return taken
}
