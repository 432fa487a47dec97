package main

import (
	"context"
	"errors"
)

// startUps are one database's, in each round.
type startUps struct {
	Database string    `json:"database"`
	First    []float64 `json:"with_first_migration_ms"`
	Existing []float64 `json:"on_existing_database_ms"`
}

// measureStartUp is goal 10: from the program's start until /readyz answers 200.
func measureStartUp(ctx context.Context, b *bench) (any, error) {
	var all []*startUps
	for _, on := range b.databases {
		times := &startUps{Database: on.kind}
		p := newProgress("start-up, "+on.kind, b.rounds)
		for i := range b.rounds {
			p.round(i)
			if err := times.measure(ctx, b, on); err != nil {
				return nil, err
			}
		}
		b.record("10a", on.kind, times.Existing...)
		b.record("10b", on.kind, times.First...)
		all = append(all, times)
	}
	return all, nil
}

func (t *startUps) measure(ctx context.Context, b *bench, on maker) (err error) {
	s, err := b.newService(ctx, on, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	t.First = append(t.First, milliseconds(s.took))
	if err := errors.Join(s.terminate(), s.launch(ctx)); err != nil {
		return err
	}
	t.Existing = append(t.Existing, milliseconds(s.took))
	return nil
}
