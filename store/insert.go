package store

import (
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// insert writes rows of one table by one statement, each given by its pointer. A zero
// CreatedAt is not filled in, as gorm would, in seconds.
func (tx *Tx) insert(rows ...any) error {
	statement, values, err := tx.insertion(rows)
	if err != nil {
		return err
	}
	return tx.change(statement, values...)
}

// insertOrNothing writes a row unless one of its keys is taken, and says whether
// it did.
func (tx *Tx) insertOrNothing(row any) (inserted bool, err error) {
	statement, values, err := tx.insertion([]any{row})
	if err != nil {
		return false, err
	}
	n, err := tx.exec(statement+" ON CONFLICT DO NOTHING", values...)
	return n > 0, err
}

// insertion is the statement that inserts the rows, and its values.
func (tx *Tx) insertion(rows []any) (statement string, values []any, err error) {
	stmt := &gorm.Statement{DB: tx.db}
	if err := stmt.Parse(rows[0]); err != nil {
		return "", nil, err
	}
	names := stmt.Schema.DBNames
	var places strings.Builder
	for i, row := range rows {
		separator := ", ("
		if i == 0 {
			separator = "("
		}
		for _, name := range names {
			value, _ := stmt.Schema.FieldsByDBName[name].ValueOf(tx.db.Statement.Context, reflect.ValueOf(row))
			stmt.Vars = append(stmt.Vars, value)
			places.WriteString(separator)
			tx.db.Dialector.BindVarTo(&places, stmt, value)
			separator = ", "
		}
		places.WriteString(")")
	}
	statement = "INSERT INTO " + stmt.Table + " (" + strings.Join(names, ", ") + ") VALUES " + places.String()
	return statement, stmt.Vars, nil
}
