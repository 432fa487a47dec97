package store

import (
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// insertion is the statement that inserts a row, given by its pointer, by gorm's schema of
// it.
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
