package store

import (
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// insert writes a row, given by its pointer. A zero CreatedAt is not filled in, as gorm
// would, in seconds.
func (tx *Tx) insert(row any) error {
	insertion := tx.insertion(row)
	return tx.change(insertion.text, insertion.values...)
}

// insertFirst writes a row whose key was free. SQLite has one writer, so there it still is.
func (tx *Tx) insertFirst(row any) error {
	if p, ok := tx.pipeline(); ok {
		p.later(firstCome{tx.insertion(row)})
		return nil
	}
	return tx.insert(row)
}

// insertOrNothing writes a row unless one of its keys is taken, and says whether
// it did.
func (tx *Tx) insertOrNothing(row any) (inserted bool, err error) {
	insertion := tx.insertion(row)
	n, err := tx.exec(insertion.text+" ON CONFLICT DO NOTHING", insertion.values...)
	return n > 0, err
}

func (tx *Tx) insertion(row any) statement {
	stmt := &gorm.Statement{DB: tx.db}
	if err := stmt.Parse(row); err != nil {
		panic(err) // a model of ours
	}
	names, fields := stmt.Schema.DBNames, stmt.Schema.FieldsByDBName
	var places strings.Builder
	for i, name := range names {
		if i > 0 {
			places.WriteString(", ")
		}
		value, _ := fields[name].ValueOf(tx.db.Statement.Context, reflect.ValueOf(row))
		stmt.Vars = append(stmt.Vars, value)
		tx.db.Dialector.BindVarTo(&places, stmt, value)
	}
	text := "INSERT INTO " + stmt.Table + " (" + strings.Join(names, ", ") + ") VALUES (" + places.String() + ")"
	return statement{text, stmt.Vars}
}
