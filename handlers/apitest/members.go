package apitest

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// WantRequests fails the test where a request has members that the document does not
// list, or the other way round. The struct that each operation's body is decoded into
// goes by its operationId; those of all paths for which has is true must be there.
func WantRequests(t *testing.T, decoded map[string]any, has func(path string) bool) {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatalf("docs/openapi.yaml: %v", err)
	}
	for path, item := range d.model.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody == nil || !has(path) {
				continue
			}
			media := operation.RequestBody.Value.Content[jsonType]
			if media == nil {
				continue
			}
			listed, read := namesIn(media.Schema.Value), namesOf(reflect.TypeOf(decoded[operation.OperationID]))
			if !maps.Equal(listed, read) {
				t.Errorf("%s: docs/openapi.yaml lists %v, and the program reads %v",
					operation.OperationID, slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(read)))
			}
		}
	}
}

type names = map[string]bool

// namesIn are the members that a schema lists, with those of objects within.
func namesIn(schema *openapi3.Schema) names {
	found := names{}
	for name, property := range schema.Properties {
		addAll(found, name, namesIn(property.Value))
	}
	for _, part := range schema.AllOf {
		maps.Copy(found, namesIn(part.Value))
	}
	if schema.Items != nil {
		maps.Copy(found, namesIn(schema.Items.Value))
	}
	return found
}

// namesOf are the members that encoding/json would read into a type.
func namesOf(t reflect.Type) names {
	found := names{}
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return found
	}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			maps.Copy(found, namesOf(field.Type))
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		addAll(found, name, namesOf(field.Type))
	}
	return found
}

// addAll adds a member and those within it.
func addAll(found names, name string, within names) {
	found[name] = true
	for inner := range within {
		found[name+"."+inner] = true
	}
}
