package users

import (
	"latchkey/internal/problem"
	"latchkey/store"
)

// What a query may cost the database: SQLite takes 32 766 values in a statement.
const (
	maxOperands = 100
	maxValues   = 1000
)

// Query is a condition on persons, as JSON has it. The zero Query fits everybody.
type Query struct {
	Operator string // AND, which is also what "" means, or OR
	Operands []Operand
}

// Operand is one filter with its value, both of whatever type they came in.
type Operand struct {
	Name  any
	Value any
}

// filter is the query for the database, or the refusal of what it cannot mean.
func (q Query) filter(projectID string) (store.UserFilter, error) {
	join := store.AllOf
	switch q.Operator {
	case "", "AND":
	case "OR":
		join = store.AnyOf
	default:
		return nil, problem.SearchInvalidOperator
	}
	if err := q.checkSize(); err != nil {
		return nil, err
	}
	if len(q.Operands) == 0 {
		return store.AllOf(), nil
	}
	filters := make([]store.UserFilter, len(q.Operands))
	for i, operand := range q.Operands {
		var err error
		if filters[i], err = operand.filter(projectID); err != nil {
			return nil, err
		}
	}
	return join(filters...), nil
}

func (q Query) checkSize() error {
	values := 0
	for _, operand := range q.Operands {
		list, _ := operand.Value.([]any)
		values += len(list)
	}
	if len(q.Operands) > maxOperands || values > maxValues {
		return problem.SearchTooManyValues
	}
	return nil
}

func (o Operand) filter(projectID string) (store.UserFilter, error) {
	if o.Name == nil || o.Name == "" {
		return nil, problem.SearchMissingFilterName
	}
	name, ok := o.Name.(string)
	if !ok {
		return nil, problem.SearchFilterNameMustBeString
	}
	newFilter, known := filters[name]
	if !known {
		return nil, problem.SearchUnknownFilter
	}
	if o.Value == nil {
		return nil, problem.SearchMissingFilterValue.With("filter", name)
	}
	filter, err := newFilter(projectID, o.Value)
	if refusal, ok := err.(*problem.Problem); ok {
		return nil, refusal.With("filter", name)
	}
	return filter, err
}
