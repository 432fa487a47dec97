package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const fuzzKeys = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func fuzzEnvironment() map[string]string {
	return map[string]string{"SECRET": "hunter2: [hunter2]", "RELAY": "smtp://ada:hunter2@mail.example", "KEYS": fuzzKeys}
}

// What is accepted re-encodes to itself; what is refused is refused with lines that
// exist, and without what the environment holds.
func FuzzConfig(f *testing.F) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	f.Add(minimal)
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := parseText(t, text, fuzzEnvironment())
		if err != nil {
			checkRefusal(t, text, err)
			return
		}
		again, err := parseText(t, encode(t, cfg.file), fuzzEnvironment())
		if err != nil {
			t.Fatalf("what was accepted is refused when written out: %v", err)
		}
		if again.Hash() != cfg.Hash() {
			t.Errorf("hash: got %s, want %s", again.Hash(), cfg.Hash())
		}
		if !reflect.DeepEqual(again.Projects, cfg.Projects) || !reflect.DeepEqual(again.Mailer, cfg.Mailer) {
			t.Errorf("got %+v, want %+v", again, cfg)
		}
	})
}

func checkRefusal(t *testing.T, text string, err error) {
	var invalid *Invalid
	if !errors.As(err, &invalid) || len(invalid.faults) == 0 {
		t.Fatalf("got %v, want complaints", err)
	}
	last := 1 + strings.Count(text, "\n")
	for _, fault := range invalid.faults {
		if fault.line < 1 || fault.line > last {
			t.Errorf("line %d of %d: %s", fault.line, last, fault.text)
		}
	}
	if strings.Contains(err.Error(), "hunter2") && !strings.Contains(text, "hunter2") {
		t.Errorf("a value from the environment is shown: %v", err)
	}
}

// encode writes the file as somebody might who spells everything out. The master
// keys are the one thing that must come from the environment.
func encode(t *testing.T, f file) string {
	const marker = "the master keys"
	if f.Keys.Text != "" {
		f.Keys.Text = marker
	}
	text, err := yaml.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	escaped := strings.ReplaceAll(string(text), "${", "$${")
	return strings.Replace(escaped, "text: "+marker, "text: ${KEYS}", 1)
}
