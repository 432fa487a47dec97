package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// Object is a JSON object of the app's, which nobody here looks into: metadata of a
// person, claims of a session.
type Object map[string]any

// Value implements driver.Valuer.
func (o Object) Value() (driver.Value, error) {
	if len(o) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(o)
	return string(text), err
}

// Scan implements sql.Scanner.
func (o *Object) Scan(src any) error {
	*o = nil
	if src == "{}" {
		return nil
	}
	return scanJSON(src, o)
}

// Merged is the object with the changes made: what is null there goes.
func (o Object) Merged(changes Object) Object {
	merged := make(Object, len(o)+len(changes))
	for name, value := range o {
		merged[name] = value
	}
	for name, value := range changes {
		if value == nil {
			delete(merged, name)
		} else {
			merged[name] = value
		}
	}
	return merged
}

// scanJSON reads a text column.
func scanJSON(src, into any) error {
	switch text := src.(type) {
	case string:
		return json.Unmarshal([]byte(text), into)
	case []byte:
		return json.Unmarshal(text, into)
	}
	return fmt.Errorf("models: JSON is text, not %T", src)
}
