package store

import (
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// insert writes a row, given by its pointer. A zero CreatedAt is not filled in, as gorm
// would, in seconds.
func (tx *Tx) insert(row any) error {
	_, err := tx.execInsert(row, "")
	return err
}

// insertOrNothing writes a row unless one of its keys is taken, and says whether
// it did.
func (tx *Tx) insertOrNothing(row any) (inserted bool, err error) {
	n, err := tx.execInsert(row, " ON CONFLICT DO NOTHING")
	return n > 0, err
}

func (tx *Tx) execInsert(row any, onConflict string) (rows int64, err error) {
	statement, values, err := tx.insertion(row)
	if err != nil {
		return 0, err
	}
	return tx.exec(statement+onConflict, values...)
}

// insertion is the statement that inserts the row, and its values.
func (tx *Tx) insertion(row any) (statement string, values []any, err error) {
	stmt := &gorm.Statement{DB: tx.db}
	if err := stmt.Parse(row); err != nil {
		return "", nil, err
	}
	names := stmt.Schema.DBNames
	var places strings.Builder
	for i, name := range names {
		value, _ := stmt.Schema.FieldsByDBName[name].ValueOf(tx.db.Statement.Context, reflect.ValueOf(row))
		stmt.Vars = append(stmt.Vars, value)
		if i > 0 {
			places.WriteString(", ")
		}
		tx.db.Dialector.BindVarTo(&places, stmt, value)
	}
	statement = "INSERT INTO " + stmt.Table + " (" + strings.Join(names, ", ") + ") VALUES (" + places.String() + ")"
	return statement, stmt.Vars, nil
}
