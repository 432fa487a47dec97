package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A pipeline is the connection of one transaction on PostgreSQL, as gorm and we use it.
// A message to the server and back costs more than most statements do. So what is only to
// be written waits for the next question or for COMMIT, and goes with it (PostgreSQL manual,
// libpq, Pipeline Mode): a start is three messages and not nine.
//
// When what has waited fails, whoever sends it hears of it, and the transaction is over:
// after an error PostgreSQL takes nothing but ROLLBACK.
type pipeline struct {
	*sql.Conn
	waiting []question
	open    bool // the server has been told of the transaction
}

const commitText = "COMMIT"

// rollbackTimeout is for a request that has given up, or a server that does not answer.
const rollbackTimeout = 5 * time.Second

func newPipeline(conn *sql.Conn) *pipeline {
	return &pipeline{Conn: conn, waiting: []question{statement{text: "BEGIN ISOLATION LEVEL READ COMMITTED"}}}
}

// later sends questions with the next one.
func (p *pipeline) later(questions ...question) { p.waiting = append(p.waiting, questions...) }

// ask sends what waits and then the questions, and hands on each row of their answers.
func (p *pipeline) ask(ctx context.Context, questions ...question) error {
	_, err := p.send(ctx, questions...)
	return err
}

// commit makes durable what was written, if there was anything.
func (p *pipeline) commit(ctx context.Context) error {
	if !p.open && len(p.waiting) == 1 { // BEGIN
		return nil
	}
	tag, err := p.send(ctx, statement{text: commitText})
	if err != nil {
		return err
	}
	p.open = false
	if tag.String() != commitText {
		return errors.New("store: a closure has overlooked an error, and its transaction is rolled back")
	}
	return nil
}

// rollback leaves the connection to the next transaction, or to nobody.
func (p *pipeline) rollback(ctx context.Context) {
	if !p.open {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	p.Raw(func(conn any) error {
		if _, err := native(conn).Exec(ctx, "ROLLBACK"); err != nil {
			return driver.ErrBadConn // and database/sql closes it
		}
		return nil
	})
}

// send sends what waits and then the questions. The tag is the last one's.
func (p *pipeline) send(ctx context.Context, questions ...question) (tag pgconn.CommandTag, err error) {
	sent := append(p.waiting, questions...)
	if len(sent) == 0 {
		return tag, nil
	}
	p.waiting, p.open = nil, true
	batch := &pgx.Batch{}
	for _, q := range sent {
		s := q.said()
		batch.Queue(s.text, s.values...)
	}
	err = p.Raw(func(conn any) error {
		results := native(conn).SendBatch(ctx, batch)
		for _, q := range sent {
			if tag, err = hear(results, q); err != nil {
				results.Close() // says the same again
				return verdict(q, err)
			}
		}
		return results.Close()
	})
	return tag, err
}

// hear hands on the rows of the next answer.
func hear(results pgx.BatchResults, q question) (pgconn.CommandTag, error) {
	rows, err := results.Query()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := q.hear(rows); err != nil {
			return pgconn.CommandTag{}, err
		}
	}
	rows.Close() // before it there is no tag
	return rows.CommandTag(), rows.Err()
}

// native is pgx's own connection, which can send a batch.
func native(conn any) *pgx.Conn { return conn.(*stdlib.Conn).Conn() }

// ExecContext implements gorm.ConnPool.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tag, err := p.send(ctx, statement{query, args})
	return driver.RowsAffected(tag.RowsAffected()), err
}

// QueryContext implements gorm.ConnPool.
func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.ask(ctx); err != nil {
		return nil, err
	}
	return p.Conn.QueryContext(ctx, query, args...)
}

// firstCome is a row whose key somebody else may have taken since it was looked for. The
// transaction then starts over, and finds theirs.
type firstCome struct{ statement }

var errLate = errors.New("store: another transaction was faster")

// verdict is what an error means that came of a question.
func verdict(q question, err error) error {
	var refused *pgconn.PgError
	if _, ok := q.(firstCome); ok && errors.As(err, &refused) && refused.Code == "23505" { // unique_violation
		return late(err)
	}
	return err
}

func late(err error) error { return fmt.Errorf("%w: %w", errLate, err) }
