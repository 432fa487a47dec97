package main

import (
	"context"
	"time"

	"latchkey/session"
)

const (
	janitorInterval = time.Hour

	// signerInterval is how late a server may learn of a new signing key: a small part
	// of the day for which that is published before it signs.
	signerInterval = 5 * time.Minute
)

// keepClean runs the janitor at start and then by the hour.
func (a *app) keepClean(ctx context.Context) {
	a.purge(ctx)
	every(ctx, janitorInterval, a.purge)
}

func (a *app) purge(ctx context.Context) {
	switch deleted, err := a.store.Purge(ctx); {
	case err != nil && ctx.Err() == nil:
		a.log.Warn("janitor", "cause", err)
	case deleted > 0:
		a.log.Info("janitor", "deleted", deleted)
	}
}

// keepKeys lets the server know the signing keys that latchkey key rotate, or another
// replica, has added. A reload does so at once.
func (a *app) keepKeys(ctx context.Context) { every(ctx, signerInterval, a.refreshKeys) }

func (a *app) refreshKeys(ctx context.Context) {
	if err := a.signer.Load().Refresh(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("the signing keys were not read again: those known stay in use", "cause", err)
	}
}

// announceKeys says when what somebody has asked for takes effect.
func (a *app) announceKeys(signer *session.Signer) {
	for _, key := range signer.Waiting(a.now()) {
		a.log.Info("a new signing key waits", "project", key.ProjectID, "kid", session.KeyName(key),
			"algorithm", key.Algorithm, "signs_from", key.TakesOver().Time())
	}
}

// every takes a step at each interval until ctx ends.
func every(ctx context.Context, interval time.Duration, step func(context.Context)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			step(ctx)
		case <-ctx.Done():
			return
		}
	}
}
