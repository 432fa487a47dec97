package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// This file is a strict decoder for the kinds of values that file.go has. It is here
// because of the libraries one stops at the first fault and the other reports them
// in Go's terms, with the value quoted; and because a complaint about what a value
// means needs the line as well.

// value fills target from node. An empty value is one that is not given.
func (d *document) value(node *yaml.Node, path string, target reflect.Value) {
	if _, known := d.lines[path]; !known {
		d.lines[path] = node.Line
	}
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		d.complain(path, "anchors and aliases (& and *) are not read here: write the value out, or put it in quotes")
	case node.Style&yaml.TaggedStyle != 0:
		d.complain(path, "tags (!) are not read here: leave it away, or put the value in quotes")
	case node.ShortTag() == "!!null":
	case target.Kind() == reflect.Struct:
		d.mapping(node, path, target)
	case target.Kind() == reflect.Slice:
		d.sequence(node, path, target)
	case node.Kind != yaml.ScalarNode:
		d.complain(path, "wants one value, not a list or a group of keys")
	default:
		d.scalar(d.expand(node.Value, path), path, target)
	}
}

func (d *document) scalar(text, path string, target reflect.Value) {
	switch target.Kind() {
	case reflect.String:
		target.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			d.complain(path, "want true or false")
		}
		target.SetBool(text == "true")
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil || strconv.Itoa(number) != text {
			d.complain(path, "want a whole number in digits")
		}
		target.SetInt(int64(number))
	default:
		panic("config: file.go has a kind of value that decode.go does not read: " + target.Kind().String())
	}
}

func (d *document) sequence(node *yaml.Node, path string, target reflect.Value) {
	if node.Kind != yaml.SequenceNode {
		d.complain(path, "want a list, each entry on a line of its own after a hyphen")
		return
	}
	if len(node.Content) == 0 {
		return // nil, as if it were not given: the hash must not tell them apart
	}
	target.Set(reflect.MakeSlice(target.Type(), len(node.Content), len(node.Content)))
	for i, entry := range node.Content {
		setDefaults(target.Index(i))
		d.value(entry, fmt.Sprintf("%s[%d]", path, i), target.Index(i))
	}
}

func (d *document) mapping(node *yaml.Node, path string, target reflect.Value) {
	fields, short := fieldsOf(target.Type())
	if node.Kind == yaml.ScalarNode && short != "" {
		d.value(node, path, target.Field(fields[short]))
		return
	}
	if node.Kind != yaml.MappingNode {
		d.complain(path, "want a group of keys: "+list(names(target.Type())))
		return
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, at := node.Content[i], join(path, node.Content[i].Value)
		field, known := fields[key.Value]
		switch first, twice := seen[key.Value]; {
		case !known || key.Kind != yaml.ScalarNode:
			d.unknownKey(key, path, target.Type())
		case twice:
			d.faults = append(d.faults, remark{key.Line, sentence(at, fmt.Sprintf("stands twice, here and on line %d: keep one", first))})
		default:
			seen[key.Value], d.lines[at] = key.Line, key.Line
			d.value(node.Content[i+1], at, target.Field(field))
		}
	}
}

// unknownKey repeats the key only if it can be nothing else: a secret that slipped
// into a key's place is no name.
func (d *document) unknownKey(key *yaml.Node, path string, section reflect.Type) {
	known := names(section)
	message := "there is no such key: want " + list(known)
	if nearest, ok := nearestTo(key.Value, known); ok {
		message = "there is no such key: did you mean " + nearest + "?"
	}
	name := "…"
	if key.Kind == yaml.ScalarNode && looksLikeKey(key.Value) {
		name = key.Value
	}
	d.faults = append(d.faults, remark{key.Line, sentence(join(path, name), message)})
}

func looksLikeKey(s string) bool {
	return len(s) <= 32 && strings.Trim(s, nameCharacters) == ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fieldsOf maps keys to fields. short is the key that a lone value stands for.
func fieldsOf(section reflect.Type) (fields map[string]int, short string) {
	fields = make(map[string]int, section.NumField())
	for i, key := range names(section) {
		fields[key] = i
		if section.Field(i).Tag.Get("short") != "" {
			short = key
		}
	}
	return fields, short
}

// names lists the keys of a section in the order of file.go.
func names(section reflect.Type) []string {
	keys := make([]string, section.NumField())
	for i := range keys {
		keys[i] = section.Field(i).Tag.Get("yaml")
	}
	return keys
}

func setDefaults(section reflect.Value) {
	if s, ok := section.Addr().Interface().(interface{ setDefaults() }); ok {
		s.setDefaults()
	}
}

// list is "a, b or c".
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
