package store

import (
	"errors"
	"strconv"
	"strings"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"latchkey/models"
)

// What a start, its mail and a redemption do goes around gorm's clauses and callbacks, by
// gorm's own schema of the rows: on SQLite one goroutine does it for everybody, and a third
// of its time was theirs. Everything else asks gorm.
//
// A statement's values are $1, $2 and so on, which both databases understand; SQLite
// counts them as it meets them, so they must first be met in that order.
type statement struct {
	text   string
	values []any
}

// question is a statement that answers with rows.
type question interface {
	said() statement
	hear(answer) error // each row
}

// A statement is a question that nothing answers.
func (s statement) said() statement { return s }

func (s statement) hear(answer) error { return nil }

// answer is a row of one, while it is read.
type answer interface{ Scan(places ...any) error }

// ask asks questions of which none needs another's answer. On PostgreSQL they go together.
func (r Reader) ask(questions ...question) error {
	if p, ok := r.pipeline(); ok {
		return failure(translated(r.db, p.ask(r.db.Statement.Context, questions...)))
	}
	if len(questions) > 1 && r.onPostgres() {
		return r.askTogether(questions)
	}
	for _, q := range questions {
		if err := r.askAlone(q); err != nil {
			return err
		}
	}
	return nil
}

// askTogether asks outside of a transaction.
func (r Reader) askTogether(questions []question) error {
	ctx := r.db.Statement.Context
	pool, err := r.db.DB()
	if err != nil {
		return failure(err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return failure(err)
	}
	defer conn.Close()
	p := &pipeline{Conn: conn}
	return failure(translated(r.db, p.ask(ctx, questions...)))
}

func (r Reader) askAlone(q question) (err error) {
	on, s := r.db.Statement, q.said()
	rows, err := on.ConnPool.QueryContext(on.Context, s.text, s.values...)
	if err != nil {
		return failure(translated(r.db, err))
	}
	defer func() { err = failure(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		if err := q.hear(rows); err != nil {
			return err
		}
	}
	return translated(r.db, rows.Err())
}

// exec runs a statement that changes rows, and says how many.
func (tx *Tx) exec(text string, values ...any) (rows int64, err error) {
	on := tx.db.Statement
	result, err := on.ConnPool.ExecContext(on.Context, text, values...)
	if err != nil {
		return 0, failure(translated(tx.db, err))
	}
	rows, err = result.RowsAffected()
	return rows, failure(err)
}

// change is exec with nothing to be said of how many. On PostgreSQL it may be sent later,
// with what is asked next or with COMMIT, and what is wrong with it is then said there.
func (tx *Tx) change(text string, values ...any) error {
	if p, ok := tx.pipeline(); ok {
		p.later(statement{text: text, values: values})
		return nil
	}
	_, err := tx.exec(text, values...)
	return err
}

// changeOne is exec of a conditional write: ErrConflict when it met no row.
func (tx *Tx) changeOne(text string, values ...any) error {
	rows, err := tx.exec(text, values...)
	if err == nil && rows == 0 {
		return ErrConflict
	}
	return err
}

// among is the list of ids, one at least, for an IN, as further values. There are few
// lengths of lists, the powers of two, since each is a statement that the drivers prepare
// and keep.
func among(ids []models.ID, values ...any) (list string, all []any) {
	length := 1
	for length < len(ids) {
		length *= 2
	}
	places := make([]string, length)
	for i := range places {
		values = append(values, ids[min(i, len(ids)-1)])
		places[i] = "$" + strconv.Itoa(len(values))
	}
	return "(" + strings.Join(places, ", ") + ")", values
}

// pipeline is what a transaction on PostgreSQL goes through.
func (r Reader) pipeline() (*pipeline, bool) {
	p, ok := r.db.Statement.ConnPool.(*pipeline)
	return p, ok
}

// onPostgres tells the databases apart, for what only one of them knows or needs.
func (r Reader) onPostgres() bool { return r.db.Name() == (postgres.Dialector{}).Name() }

// forShare keeps the row that a condition names from being deleted before the transaction
// ends. SQLite has one writer, and so neither needs nor knows it.
func (tx *Tx) forShare() string {
	if tx.onPostgres() {
		return " FOR SHARE"
	}
	return ""
}

// translated is what gorm makes of a driver's error.
func translated(db *gorm.DB, err error) error {
	if translator, ok := db.Dialector.(gorm.ErrorTranslator); ok {
		return translator.Translate(err)
	}
	return err
}
