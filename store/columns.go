package store

import (
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// columns says where a row of a model lies and what it consists of, by gorm's schema of
// it: places are the row's fields, in the order of names.
func (r Reader) columns(row any) (table, names string, places []any) {
	stmt := &gorm.Statement{DB: r.db}
	if err := stmt.Parse(row); err != nil {
		panic(err) // a model of ours
	}
	fields := stmt.Schema.FieldsByDBName
	for _, name := range stmt.Schema.DBNames {
		field := fields[name].ReflectValueOf(r.db.Statement.Context, reflect.ValueOf(row))
		places = append(places, field.Addr().Interface())
	}
	return stmt.Table, strings.Join(stmt.Schema.DBNames, ", "), places
}
