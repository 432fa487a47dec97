package store

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
func query[T any](r Reader, condition string, values ...any) ([]T, error) {
	s := where[T](r, condition, values...)
	err := r.ask(s)
	return s.found, err
}

// search is a question for rows of a T, and the answer once it was asked.
type search[T any] struct {
	statement
	row    *T
	places []any // in row
	found  []T
}

// where searches for the rows that the condition describes.
func where[T any](r Reader, condition string, values ...any) *search[T] {
	return newSearch[T](r, values, func(table, names string) string {
		return "SELECT " + names + " FROM " + table + " WHERE " + condition
	})
}

// updating changes the rows that its end describes, and searches for them as they are then.
func updating[T any](r Reader, end string, values ...any) *search[T] {
	return newSearch[T](r, values, func(table, names string) string {
		return "UPDATE " + table + " SET " + end + " RETURNING " + names
	})
}

func newSearch[T any](r Reader, values []any, text func(table, names string) string) *search[T] {
	row := new(T)
	table, names, places := r.columns(row)
	return &search[T]{statement: statement{text(table, names), values}, row: row, places: places}
}

func (s *search[T]) hear(a answer) error {
	*s.row = *new(T) // what a field points to is the last row's
	err := a.Scan(s.places...)
	s.found = append(s.found, *s.row)
	return err
}
