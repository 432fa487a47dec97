package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheBenchMeasures runs `make bench` with a few requests, so that it does not rot.
// What it measures then means nothing.
func TestTheBenchMeasures(t *testing.T) {
	t.Parallel()
	results := t.TempDir()
	cmd := exec.Command("go", "run", "./bench", "-program", program, "-results", results, "-requests", "10", "-rounds", "1", "-mails", "64",
		"-lasting", "50ms", "-links", "100,1000", "-queued", "1000")
	cmd.Dir = repository
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var lines []struct {
		Database, Call string
		Known, Unknown struct {
			Median float64 `json:"median_us"`
		}
	}
	readResults(t, results, "timing", &lines)
	for _, line := range lines {
		if line.Known.Median <= 0 || line.Unknown.Median <= 0 {
			t.Errorf("%s, %s: got no times", line.Database, line.Call)
		}
	}
	var figures []struct {
		Goal, Database string
		Value          float64
	}
	readResults(t, results, "goals", &figures)
	measured := map[string]bool{}
	for _, figure := range figures {
		measured[figure.Goal] = figure.Value > 0
	}
	for _, goal := range []string{"1", "2", "3", "4", "5", "7a", "7b", "8", "13", "14"} {
		if !measured[goal] {
			t.Errorf("goal %s: got no figure", goal)
		}
	}
}

// readResults reads what bench wrote about a subject.
func readResults(t *testing.T, folder, subject string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, subject+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil || string(text) == "null\n" {
		t.Fatalf("%s: got %s (%v), want figures", subject, text, err)
	}
}
