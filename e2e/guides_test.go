package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGuides types what the guides say into a shell and holds the answers against what
// they show.
func TestGuides(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(repository, "docs/guides/*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d guides, %v", len(files), err)
	}
	d := startDev(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".md"), func(t *testing.T) { d.follow(t, file) })
	}
}

// guideStep is a block of commands and the answers that the guide shows below it.
type guideStep struct {
	commands string
	answers  []string
}

var guideBlock = regexp.MustCompile("(?ms)^```(sh|json)\n(.*?)^```$")

func readGuide(t *testing.T, file string) (steps []guideStep) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range guideBlock.FindAllStringSubmatch(string(text), -1) {
		switch {
		case block[1] == "sh":
			steps = append(steps, guideStep{commands: block[2]})
		case len(steps) == 0:
			t.Fatalf("an answer stands before all commands: %s", block[2])
		default:
			last := &steps[len(steps)-1]
			last.answers = append(last.answers, block[2])
		}
	}
	return steps
}

// follow does all that one guide says, in one shell.
func (d *dev) follow(t *testing.T, file string) {
	steps := readGuide(t, file)
	const mark = "\x1e" // ASCII's record separator
	here := strings.NewReplacer("http://127.0.0.1:8080", d.url, "http://127.0.0.1:8025", d.inbox)
	var script strings.Builder
	for _, step := range steps {
		script.WriteString(here.Replace(step.commands) + "printf '" + mark + "'\n")
	}
	shell := exec.Command("bash", "-e", "-c", script.String())
	shell.Dir = repository
	typing := start(t, shell)
	if status := typing.status(t); status != 0 {
		t.Fatalf("the commands end with status %d\n%s\n%s", status, typing.stdout, typing.stderr)
	}
	printed := strings.Split(typing.stdout.String(), mark)
	for i, step := range steps {
		step.check(t, printed[i])
	}
}

func (s guideStep) check(t *testing.T, printed string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(printed))
	for _, shown := range s.answers {
		var got, want any
		if err := json.Unmarshal([]byte(shown), &want); err != nil {
			t.Fatalf("the guide shows no JSON: %v\n%s", err, shown)
		}
		if err := decoder.Decode(&got); err != nil {
			t.Fatalf("%s\nanswered: %v\n%s", s.commands, err, printed)
		}
		if err := shows(got, want); err != nil {
			t.Errorf("%s\nanswered %s\nand not %s%v", s.commands, printed, shown, err)
		}
	}
	var more any
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		t.Errorf("%s\nanswered more than the guide shows: %v (%v)", s.commands, more, err)
	}
}

// shows says how got differs from what is shown of it: members that are not shown are
// not looked at, and … stands for any text but none.
func shows(got, want any) error {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("got %v, want an object", got)
		}
		for name, value := range want {
			if err := shows(object[name], value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return fmt.Errorf("got %v, want a list of %d", got, len(want))
		}
		for i := range want {
			if err := shows(list[i], want[i]); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		return nil
	case string:
		if before, open := strings.CutSuffix(want, "…"); open {
			if text, ok := got.(string); ok && strings.HasPrefix(text, before) && len(text) > len(before) {
				return nil
			}
		}
	}
	if got != want {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}
