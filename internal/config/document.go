package config

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document is one file under examination: it knows on which line each key stands,
// and gathers what there is to say.
type document struct {
	path     string
	lookup   func(string) (string, bool)  // the environment
	readFile func(string) ([]byte, error) // what the configuration points to

	lines    map[string]int    // by key, as in projects[0].secrets[1]
	written  map[string]string // values as they stand in the file
	faulty   map[string]bool
	faults   remarks
	warnings remarks
}

// complain notes a fault of the key at path. One fault a key is enough: a value that
// could not be read is not called missing as well.
func (d *document) complain(path, message string) {
	for p := path; ; p = parent(p) {
		if d.faulty[p] {
			return
		}
		if p == "" {
			break
		}
	}
	d.faulty[path] = true
	d.faults = append(d.faults, remark{d.line(path), sentence(path, message)})
}

func (d *document) warn(path, message string) {
	d.warnings = append(d.warnings, remark{d.line(path), sentence(path, message)})
}

func sentence(path, message string) string {
	if path == "" {
		return message
	}
	return path + ": " + message
}

// under complains about the fields of a section, for the Validate of a package's
// Config.
func (d *document) under(section string) func(field, message string) {
	return func(field, message string) { d.complain(section+"."+field, message) }
}

// line is where the key stands or, if it is absent, where it belongs.
func (d *document) line(path string) int {
	for ; path != ""; path = parent(path) {
		if line, ok := d.lines[path]; ok {
			return line
		}
	}
	return 1
}

// parent of projects[0].secrets[1] is projects[0].secrets, then projects[0].
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// decode fills f from the text, and complains about all that does not fit.
func (d *document) decode(text []byte, f *file) {
	d.lines, d.written, d.faulty = map[string]int{}, map[string]string{}, map[string]bool{}
	f.setDefaults()
	if !d.complainOfBytes(text) {
		return
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	var tree, second yaml.Node
	if err == nil {
		err = loader.Load(&tree)
	}
	if err != nil {
		d.complainOfSyntax(err, text)
		return
	}
	d.value(tree.Content[0], "", reflect.ValueOf(f).Elem())
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.complainOfSyntax(err, text)
	default:
		d.faults = append(d.faults, remark{second.Line, "a second document begins after ---: one file is one configuration"})
	}
}
