package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"latchkey/docs"
)

// document is docs/openapi.yaml, ready to be asked.
type document struct {
	model  *openapi3.T
	router routers.Router

	mu      sync.Mutex // a compiler is for one at a time
	schemas *jsonschema.Compiler
}

// load reads the document once.
var load = sync.OnceValues(func() (*document, error) { return parse(docs.OpenAPI) })

func parse(source []byte) (*document, error) {
	d := new(document)
	var err error
	if d.model, err = openapi3.NewLoader().LoadFromData(source); err != nil {
		return nil, err
	}
	if d.router, err = gorillamux.NewRouter(d.model); err != nil {
		return nil, err
	}
	d.schemas = jsonschema.NewCompiler()
	d.schemas.DefaultDraft(jsonschema.Draft2020)
	d.schemas.AssertFormat()
	return d, errors.Join(d.add(asWritten, source, func(any) {}), d.add(closed, source, closeSchemas))
}

// The document is there twice, under names of its own.
const (
	asWritten = "https://login.example.com/openapi.yaml"
	closed    = "https://login.example.com/closed.yaml" // see closeSchemas
)

func (d *document) add(name string, source []byte, change func(tree any)) error {
	tree, err := jsonOf(source)
	if err != nil {
		return err
	}
	change(tree)
	return d.schemas.AddResource(name, tree)
}

func jsonOf(source []byte) (any, error) {
	var tree any
	if err := yaml.Unmarshal(source, &tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// validate holds JSON against the schema at a JSON pointer (RFC 6901) of one of the two.
func (d *document) validate(name, pointer string, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	d.mu.Lock()
	schema, err := d.schemas.Compile(name + "#" + pointer)
	d.mu.Unlock()
	if err != nil {
		return fmt.Errorf("the schema at %s: %w", pointer, err)
	}
	return schema.Validate(value)
}

// at appends to a JSON pointer.
func at(pointer string, names ...string) string {
	for _, name := range names {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return pointer
}

// follow is the pointer of a part of the document, or of the component it refers to.
func follow(ref, pointer string) string {
	if ref != "" {
		return strings.TrimPrefix(ref, "#")
	}
	return pointer
}
