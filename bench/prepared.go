package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// preparedRates are one database's, in each round.
type preparedRates struct {
	Database string    `json:"database"`
	Ours     []float64 `json:"starts_per_second"`
	Prepared []float64 `json:"prepared_starts_per_second"`
}

// measurePrepared is goal 14. The program is built once more with two files of its store
// replaced by those in bench/prepared, so that each statement of a start is written out
// by hand. All else is the same program: the request's way to the writer, the group
// commit, savepoints, the mail. So the difference is what the rows' schemas cost.
func measurePrepared(ctx context.Context, b *bench) (details any, err error) {
	dir, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := buildPrepared(ctx, dir)
	if err != nil {
		return nil, err
	}
	var all []preparedRates
	for _, on := range b.databases {
		rates, err := b.preparedRates(ctx, on, program)
		if err != nil {
			return nil, err
		}
		b.record("14", on.kind, shares(rates.Ours, rates.Prepared)...)
		all = append(all, *rates)
	}
	return all, nil
}

// buildPrepared is for who runs bench where the sources are, as `make bench` does.
func buildPrepared(ctx context.Context, dir string) (program string, err error) {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, name := range []string{"columns.go", "insertion.go"} {
		replaced, err := filepath.Abs(filepath.Join("store", name))
		if err != nil {
			return "", err
		}
		if overlay.Replace[replaced], err = filepath.Abs(filepath.Join("bench", "prepared", name)); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "latchkey")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "prepared", "-overlay", file, "-o", program, "./cmd/latchkey")
	build.Stderr = os.Stderr
	return program, build.Run()
}

func (b *bench) preparedRates(ctx context.Context, on maker, program string) (rates *preparedRates, err error) {
	ours, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ours.stop()) }()
	variant := *b
	variant.program = program
	prepared, err := variant.newWorld(ctx, on, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, prepared.stop()) }()
	rates = &preparedRates{Database: on.kind}
	p := newProgress("prepared, "+on.kind, b.rounds)
	for i := range b.rounds {
		p.round(i)
		for _, side := range []struct {
			world *world
			rates *[]float64
		}{{ours, &rates.Ours}, {prepared, &rates.Prepared}} {
			o, err := side.world.during(ctx, b.lasting, side.world.newcomers(startConnections))
			if err != nil {
				return nil, err
			}
			*side.rates = append(*side.rates, o.rate())
		}
	}
	return rates, nil
}
