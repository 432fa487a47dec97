package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// TestEveryFuzzTargetHasSeeds: without them a target starts from nothing, and what it
// once found is forgotten.
func TestEveryFuzzTargetHasSeeds(t *testing.T) {
	targets := 0
	err := filepath.WalkDir(repository, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range fuzzTarget.FindAllSubmatch(text, -1) {
			targets++
			folder := filepath.Join(filepath.Dir(path), "testdata", "fuzz", string(found[1]))
			seeds, err := os.ReadDir(folder)
			if err == nil && len(seeds) == 0 || err != nil && !strings.Contains(string(text), "f.Add(") {
				t.Errorf("%s in %s has no seeds: neither in %s nor by f.Add", found[1], path, folder)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if targets < 10 {
		t.Errorf("found %d fuzz targets, which is not all of them", targets)
	}
}
