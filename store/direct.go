package store

import (
	"database/sql"
	"errors"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// What a start and a redemption do goes around gorm's clauses and callbacks, by gorm's
// own schema of the rows: on SQLite one goroutine does it for everybody, and a third of
// its time was theirs. Everything else asks gorm.
//
// A statement's values are $1, $2 and so on, which both databases understand; SQLite
// counts them as it meets them, so they must first be met in that order.

// scan runs a statement that answers with rows, and hands each on.
func (r Reader) scan(statement string, values []any, row func(*sql.Rows) error) (err error) {
	on := r.db.Statement
	rows, err := on.ConnPool.QueryContext(on.Context, statement, values...)
	if err != nil {
		return failure(translated(r.db, err))
	}
	defer func() { err = failure(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return translated(r.db, rows.Err())
}

// exec runs a statement that changes rows, and says how many.
func (tx *Tx) exec(statement string, values ...any) (rows int64, err error) {
	on := tx.db.Statement
	result, err := on.ConnPool.ExecContext(on.Context, statement, values...)
	if err != nil {
		return 0, failure(translated(tx.db, err))
	}
	rows, err = result.RowsAffected()
	return rows, failure(err)
}

// change is exec with nothing to be said of how many.
func (tx *Tx) change(statement string, values ...any) error {
	_, err := tx.exec(statement, values...)
	return err
}

// changeOne is exec of a conditional write: ErrConflict when it met no row.
func (tx *Tx) changeOne(statement string, values ...any) error {
	rows, err := tx.exec(statement, values...)
	if err == nil && rows == 0 {
		return ErrConflict
	}
	return err
}

// forShare keeps the row that a condition names from being deleted before the transaction
// ends. SQLite has one writer, and so neither needs nor knows it.
func (tx *Tx) forShare() string {
	if tx.db.Name() == (postgres.Dialector{}).Name() {
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
