package apitest

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/internal/problem"
)

// TestTheDocumentIsOpenAPI: it loads, so every $ref resolves; it is valid, examples
// among it; and every operation has a name of its own.
func TestTheDocumentIsOpenAPI(t *testing.T) {
	d := loaded(t)
	if err := d.model.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	if !d.model.IsOpenAPI31OrLater() {
		t.Errorf("got OpenAPI %s, want 3.1", d.model.OpenAPI)
	}
	for path, item := range d.model.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.OperationID == "" || operation.Summary == "" || len(operation.Tags) != 1 {
				t.Errorf("%s %s lacks an operationId, a summary or its one tag", method, path)
			}
		}
	}
}

// TestTheDocumentListsTheCatalogue: every error of the catalogue is listed with its
// status, and none that is not there.
func TestTheDocumentListsTheCatalogue(t *testing.T) {
	d := loaded(t)
	known, listed := map[string]int{}, map[string]bool{}
	for _, p := range problem.All() {
		known[p.Type] = p.Status
	}
	for where, response := range d.refusals() {
		types := typesOf(response.Response)
		if len(types) == 0 {
			t.Errorf("%s lists no types of errors", where)
		}
		for _, kind := range types {
			listed[kind] = true
			if status := known[kind]; strconv.Itoa(status) != response.status {
				t.Errorf("%s lists %s, whose status is %d (0 where there is no such type)", where, kind, status)
			}
		}
	}
	for kind := range known {
		if !listed[kind] {
			t.Errorf("no operation lists %s", kind)
		}
	}
}

type refusal struct {
	*openapi3.Response
	status string
}

// refusals are all that the document lists, by where they stand.
func (d *document) refusals() map[string]refusal {
	shared := d.model.Components.Responses
	found := map[string]refusal{
		"RouteNotFound":    {shared["RouteNotFound"].Value, "404"},
		"MethodNotAllowed": {shared["MethodNotAllowed"].Value, "405"},
	}
	for _, item := range d.model.Paths.Map() {
		for _, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				if status >= "400" {
					found[operation.OperationID+" "+status] = refusal{response.Value, status}
				}
			}
		}
	}
	return found
}

// typesOf are the types of errors that a response lists.
func typesOf(response *openapi3.Response) (types []string) {
	if listed, ok := response.Extensions["x-error-types"].([]any); ok {
		for _, kind := range listed {
			types = append(types, kind.(string))
		}
	}
	if media := response.Content[jsonType]; media != nil {
		types = append(types, enumsOf(media.Schema.Value, "error_type")...)
	}
	return types
}

// enumsOf are the values that a schema, or the property of it, lists.
func enumsOf(schema *openapi3.Schema, property string) (values []string) {
	if property == "" {
		for _, value := range schema.Enum {
			values = append(values, value.(string))
		}
	} else if named := schema.Properties[property]; named != nil {
		values = enumsOf(named.Value, "")
	}
	for _, part := range slices.Concat(schema.AllOf, schema.AnyOf) {
		values = append(values, enumsOf(part.Value, property)...)
	}
	return values
}

func loaded(t *testing.T) *document {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}
