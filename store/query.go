package store

import (
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// one reads the row that a unique key names into a new T, or ErrNotFound.
func one[T any](r Reader, condition string, values ...any) (*T, error) {
	found, err := query[T](r, condition, values...)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// query reads the rows that the condition describes.
func query[T any](r Reader, condition string, values ...any) (found []T, err error) {
	stmt := &gorm.Statement{DB: r.db}
	if err := stmt.Parse(new(T)); err != nil {
		return nil, err
	}
	columns := stmt.Schema.DBNames
	statement := "SELECT " + strings.Join(columns, ", ") + " FROM " + stmt.Table + " WHERE " + condition
	err = r.scan(statement, values, func(a answer) error {
		row := new(T)
		places := make([]any, len(columns))
		for i, name := range columns {
			places[i] = stmt.Schema.FieldsByDBName[name].ReflectValueOf(r.db.Statement.Context, reflect.ValueOf(row)).Addr().Interface()
		}
		err := a.Scan(places...)
		found = append(found, *row)
		return err
	})
	return found, err
}
