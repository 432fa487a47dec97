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
	text, err := os.ReadFile(filepath.Join(results, "timing.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []struct {
		Database, Call string
		Known, Unknown struct {
			Median float64 `json:"median_us"`
		}
	}
	if err := json.Unmarshal(text, &lines); err != nil || len(lines) == 0 {
		t.Fatalf("got %s (%v), want a line for each call", text, err)
	}
	for _, line := range lines {
		if line.Known.Median <= 0 || line.Unknown.Median <= 0 {
			t.Errorf("%s, %s: got no times", line.Database, line.Call)
		}
	}
}
