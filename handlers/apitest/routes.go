package apitest

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"
)

// gin names a parameter :token where the document says {token}.
var ginParameter = regexp.MustCompile(`:(\w+)`)

// WantRoutes fails the test where the door has a route that the document does not list,
// or the other way round. The door has all paths for which has is true.
func WantRoutes(t *testing.T, routes gin.RoutesInfo, has func(path string) bool) {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatalf("docs/openapi.yaml: %v", err)
	}
	listed := d.operations(has)
	var served []string
	for _, route := range routes {
		path := ginParameter.ReplaceAllString(route.Path, "{$1}")
		operation := route.Method + " " + path
		served = append(served, operation)
		isTwin := route.Method == http.MethodHead && slices.Contains(listed, http.MethodGet+" "+path)
		if !slices.Contains(listed, operation) && !isTwin {
			t.Errorf("docs/openapi.yaml does not list %s", operation)
		}
	}
	for _, operation := range listed {
		if !slices.Contains(served, operation) {
			t.Errorf("docs/openapi.yaml lists %s, which is not served", operation)
		}
	}
}

// operations lists methods and paths.
func (d *document) operations(has func(path string) bool) (operations []string) {
	for path, item := range d.model.Paths.Map() {
		for method := range item.Operations() {
			if has(path) {
				operations = append(operations, method+" "+path)
			}
		}
	}
	return operations
}
