package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const (
	// connectionsPerCore: more connections than the server has cores to run them
	// on only queue inside it; at 64 the slowest start took 0.4 s.
	connectionsPerCore = 4

	// leaseClock is the server's clock, which all replicas share.
	leaseClock = "(extract(epoch from clock_timestamp()) * 1000)::bigint"

	connectTimeout = 5 * time.Second
)

func openPostgres(ctx context.Context, cfg Config, now func() time.Time) (*Store, error) {
	pool, err := openPostgresPool(cfg.URL)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connectionsPerCore * runtime.NumCPU())
	pool.SetMaxIdleConns(connectionsPerCore * runtime.NumCPU())
	if err := migrate(ctx, goose.DialectPostgres, pool, cfg.SkipMigrations); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig(now))
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &Store{
		reading: db,
		writer:  &retrier{pool: pool, db: db},
		clock:   clock{now: now, lease: leaseClock},
		closers: []func() error{pool.Close},
	}, nil
}

func openPostgresPool(url string) (*sql.DB, error) {
	parsed, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx quotes the URL, password and all.
		return nil, errors.New("the postgres URL cannot be parsed")
	}
	if parsed.ConnectTimeout == 0 {
		parsed.ConnectTimeout = connectTimeout
	}
	return stdlib.OpenDB(*parsed, stdlib.OptionAfterConnect(preferIndexes)), nil
}

// preferIndexes tells the planner what reading a page costs where it is in memory or on an
// SSD. It takes a disk for granted otherwise, and reads a table of 10 000 rows from end to end
// to find the 64 that are asked for. A database that only speaks PostgreSQL's protocol may
// not know the setting.
func preferIndexes(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET random_page_cost = 1.1")
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// A retrier gives each closure a transaction of its own: PostgreSQL groups commits
// by itself.
type retrier struct {
	pool    *sql.DB
	db      *gorm.DB
	commits atomic.Int64
}

// maxAttempts: at 40001 or 40P01 the loser of a race starts over; to lose this
// often in a row takes a fault, not bad luck.
const maxAttempts = 8

func (r *retrier) write(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, fn)
		if err == nil {
			r.commits.Add(1)
		}
		if attempt == maxAttempts || !lostRace(err) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// once runs the closure in one transaction on a connection of its own.
func (r *retrier) once(ctx context.Context, fn func(*Tx) error) error {
	conn, err := r.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p := newPipeline(conn)
	db := r.db.WithContext(ctx)
	db.Statement.ConnPool = p
	if err = call(fn, db); err == nil {
		err = translated(db, p.commit(ctx))
	}
	if err != nil {
		p.rollback(ctx)
	}
	return err
}

func (r *retrier) committed() int64 { return r.commits.Load() }

// lostRace: serialization_failure and deadlock_detected, which the manual asks
// clients to retry (PostgreSQL manual, 13.5), a key that was free a moment ago, and a
// pooled connection that had died before anything was sent on it.
func lostRace(err error) bool {
	var refused *pgconn.PgError
	return pgconn.SafeToRetry(err) || errors.Is(err, errLate) || errors.As(err, &refused) && (refused.Code == "40001" || refused.Code == "40P01")
}

// pause waits a random while, longer each time up to a fifth of a second, so that
// two who met do not meet again.
func pause(ctx context.Context, attempt int) error {
	longest := time.Duration(min(attempt, 20)) * 10 * time.Millisecond
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
