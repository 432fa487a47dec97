package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A pipeline is the connection of one transaction on PostgreSQL, as gorm and we use it.
// A message to the server and back costs more than most statements do. So what is only to
// be written waits for the next question, or for COMMIT, and goes with it (PostgreSQL
// manual, 34.5, pipeline mode): a start is four messages that way instead of ten.
//
// When what has waited fails, whoever sends it hears of it, and the transaction is over:
// after an error PostgreSQL takes nothing but ROLLBACK.
type pipeline struct {
	*sql.Conn
	waiting []statement
	open    bool // the server has been told of the transaction
}

const commitText = "COMMIT"

// rollbackTimeout is for a request that has given up, or a server that does not answer.
const rollbackTimeout = 5 * time.Second

func newPipeline(conn *sql.Conn) *pipeline {
	return &pipeline{Conn: conn, waiting: []statement{{text: "BEGIN ISOLATION LEVEL READ COMMITTED"}}}
}

// later sends the statement with the next question.
func (p *pipeline) later(s statement) { p.waiting = append(p.waiting, s) }

// ask sends questions and hands on each row of their answers.
func (p *pipeline) ask(ctx context.Context, questions ...question) error {
	last := make([]statement, len(questions))
	for i, q := range questions {
		last[i] = q.statement()
	}
	return p.send(ctx, last, func(results pgx.BatchResults) error {
		for _, q := range questions {
			if err := hear(results, q); err != nil {
				return err
			}
		}
		return nil
	})
}

func hear(results pgx.BatchResults, q question) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := q.hear(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// tell sends a statement and says what it came to.
func (p *pipeline) tell(ctx context.Context, s statement) (tag pgconn.CommandTag, err error) {
	err = p.send(ctx, []statement{s}, func(results pgx.BatchResults) error {
		tag, err = results.Exec()
		return err
	})
	return tag, err
}

// commit makes durable what was written, if there was anything.
func (p *pipeline) commit(ctx context.Context) error {
	if !p.open && len(p.waiting) == 1 { // BEGIN
		return nil
	}
	tag, err := p.tell(ctx, statement{text: commitText})
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

// send sends what has waited and then the last statements, whose results read reads.
func (p *pipeline) send(ctx context.Context, last []statement, read func(pgx.BatchResults) error) error {
	before := p.waiting
	p.waiting, p.open = nil, true
	batch := &pgx.Batch{}
	for _, s := range append(before, last...) {
		batch.Queue(s.text, s.values...)
	}
	return p.Raw(func(conn any) error {
		results := native(conn).SendBatch(ctx, batch)
		for range before {
			if _, err := results.Exec(); err != nil {
				results.Close() // says the same again
				return err
			}
		}
		if err := read(results); err != nil {
			results.Close()
			return err
		}
		return results.Close()
	})
}

// native is pgx's own connection, which can send a batch.
func native(conn any) *pgx.Conn { return conn.(*stdlib.Conn).Conn() }

// ExecContext implements gorm.ConnPool.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tag, err := p.tell(ctx, statement{query, args})
	return driver.RowsAffected(tag.RowsAffected()), err
}

// QueryContext implements gorm.ConnPool.
func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if n := len(p.waiting); n > 0 {
		last := p.waiting[n-1]
		p.waiting = p.waiting[:n-1]
		if _, err := p.tell(ctx, last); err != nil {
			return nil, err
		}
	}
	return p.Conn.QueryContext(ctx, query, args...)
}
