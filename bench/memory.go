package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// memories are one database's, in MiB, in each round: what is resident, and what of it
// is the process's own. The rest is the program's file in the page cache, of which the
// kernel counts as much as it has mapped, touched or not.
type memories struct {
	Database   string    `json:"database"`
	Idle       []float64 `json:"idle_mib"`
	IdleOwn    []float64 `json:"idle_own_mib"`
	Loaded     []float64 `json:"most_under_load_mib"`
	LoadedOwn  []float64 `json:"own_after_load_mib"`
	QueuedMore []float64 `json:"more_with_queue_mib"`
}

// measureMemory is goal 9. What a queue costs is how much more the same starts take at
// most when no relay is there, so that all their mails wait.
func measureMemory(ctx context.Context, b *bench) (any, error) {
	program, forget, err := copied(b.program)
	if err != nil {
		return nil, err
	}
	defer forget()
	measured := *b
	measured.program = program
	var all []*memories
	for _, on := range b.databases {
		m := &memories{Database: on.kind}
		p := newProgress("memory, "+on.kind, b.rounds)
		for i := range b.rounds {
			p.round(i)
			if err := m.measure(ctx, &measured, on); err != nil {
				return nil, err
			}
		}
		b.record("9a", on.kind, m.Idle...)
		b.record("9b", on.kind, m.Loaded...)
		b.record("9c", on.kind, m.QueuedMore...)
		all = append(all, m)
	}
	return all, nil
}

func (m *memories) measure(ctx context.Context, b *bench, on maker) error {
	idle, drained, err := b.loaded(ctx, on, true)
	if err != nil {
		return err
	}
	_, queued, err := b.loaded(ctx, on, false)
	if err != nil {
		return err
	}
	m.Idle, m.IdleOwn = append(m.Idle, mebibytes(idle.resident)), append(m.IdleOwn, mebibytes(idle.own))
	m.Loaded, m.LoadedOwn = append(m.Loaded, mebibytes(drained.peak)), append(m.LoadedOwn, mebibytes(drained.own))
	m.QueuedMore = append(m.QueuedMore, mebibytes(queued.peak-drained.peak))
	return nil
}

// loaded looks at a service before and after a tenth of -queued starts at c=64, whose
// mails a relay takes or nobody does.
func (b *bench) loaded(ctx context.Context, on maker, taken bool) (before, after usage, err error) {
	w, err := b.newWorld(ctx, on, nil)
	if err != nil {
		return before, after, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	if !taken {
		if err := w.sink.leave(); err != nil {
			return before, after, err
		}
	}
	time.Sleep(b.lasting)
	if before, err = w.usage(); err != nil {
		return before, after, err
	}
	_, err = w.newcomers(startConnections).asks(ctx, max(b.queued/10, 1))
	if err == nil && taken {
		err = w.delivered(ctx)
	}
	if err != nil {
		return before, after, err
	}
	after, err = w.usage()
	return before, after, err
}

// copied is the program in a file of its own. One that was just linked lies in the page
// cache in huge pages, all of which the kernel counts as resident; one that was copied
// or installed does not.
func copied(program string) (path string, forget func() error, err error) {
	dir, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return "", nil, err
	}
	forget = func() error { return os.RemoveAll(dir) }
	path = filepath.Join(dir, "latchkey")
	from, err := os.Open(program)
	if err != nil {
		return "", nil, errors.Join(err, forget())
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		return "", nil, errors.Join(err, forget())
	}
	// Written in pieces: ReadFrom would let the kernel copy, or share, the whole file.
	_, err = io.Copy(struct{ io.Writer }{to}, from)
	return path, forget, errors.Join(err, to.Close())
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
