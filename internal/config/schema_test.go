package config

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const (
	exampleFile = "../../config.yaml"
	manual      = "../../docs/configuration.md"
)

// schema lists every key of file.go, as in projects[].sender.name.
func schema(section reflect.Type, prefix string) []string {
	var keys []string
	for i, name := range names(section) {
		kind, path := section.Field(i).Type, prefix+name
		if kind.Kind() == reflect.Slice {
			kind, path = kind.Elem(), path+"[]"
		}
		if kind.Kind() == reflect.Struct {
			keys = append(keys, schema(kind, path+".")...)
		} else {
			keys = append(keys, strings.TrimSuffix(path, "[]"))
		}
	}
	return keys
}

func allKeys() []string { return schema(reflect.TypeFor[file](), "") }

// written lists every key of a YAML tree in the same spelling.
func written(node *yaml.Node, path string, found map[string]bool) {
	switch node.Kind {
	case yaml.DocumentNode:
		written(node.Content[0], path, found)
	case yaml.SequenceNode:
		found[path] = true
		for _, entry := range node.Content {
			written(entry, path+"[]", found)
		}
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			written(node.Content[i+1], join(path, node.Content[i].Value), found)
		}
	default:
		found[path] = true
	}
}

func TestExampleFileIsValidAndQuiet(t *testing.T) {
	cfg, err := Load(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range cfg.Warnings() {
		if !strings.Contains(warning, "latchkey secret new") {
			t.Errorf("got the warning %q, want none but the placeholder's", warning)
		}
	}
}

func TestExampleFileHasEveryKey(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var tree yaml.Node
	if err := yaml.Load(text, &tree); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	written(&tree, "", found)
	for _, key := range allKeys() {
		if !found[key] && !shownInComment(string(text), key) {
			t.Errorf("config.yaml does not have %s", key)
		}
	}
}

// shownInComment: what a list holds that is empty by default can only be shown.
func shownInComment(text, key string) bool {
	list, name, ok := strings.Cut(key, "[].")
	list = list[strings.LastIndexByte(list, '.')+1:]
	comment, _, found := strings.Cut(text, "  "+list+": []\n")
	comment = comment[strings.LastIndex(comment, "\n  #   - ")+1:]
	return ok && found && strings.Contains(strings.ReplaceAll(comment, "- ", "  "), "  #     "+name+": ")
}

// A default that is written into the example file must be the one in force, or the
// file lies.
func TestExampleFileShowsTheDefaults(t *testing.T) {
	cfg, err := Load(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var usual file
	usual.setDefaults()
	usual.Keys.File = defaultKeyFile
	got := cfg.file
	usual.Server.PublicURL, usual.SMTP.URL, usual.Sender = got.Server.PublicURL, got.SMTP.URL, got.Sender
	var project projectSection
	project.setDefaults()
	own := got.Projects[0]
	project.ID, project.Name, project.Secrets, project.RedirectURLs = own.ID, own.Name, own.Secrets, own.RedirectURLs
	usual.Projects = []projectSection{project}
	if !reflect.DeepEqual(got, usual) {
		t.Errorf("got\n%+v, want\n%+v", got, usual)
	}
}

func TestManualHasEveryKey(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range allKeys() {
		if !strings.Contains(string(text), "### `"+key+"`\n") {
			t.Errorf("docs/configuration.md has no heading ### `%s`", key)
		}
	}
	for line := range strings.Lines(string(text)) {
		key, ok := strings.CutPrefix(line, "### `")
		key = strings.TrimSuffix(key, "`\n")
		isKey := func(k string) bool { return k == key || strings.HasPrefix(k, key+"[]") }
		if ok && !slices.ContainsFunc(allKeys(), isKey) {
			t.Errorf("docs/configuration.md explains %s, which is no key", key)
		}
	}
}
