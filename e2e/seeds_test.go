package e2e

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// hostileInput is everything that strangers send, and what tries it. `make fuzz` runs
// whatever target there is.
var hostileInput = map[string]string{
	"address":           "magiclink.FuzzAddress",
	"address key":       "magiclink.FuzzIdentity",
	"redirect match":    "magiclink.FuzzRedirectMatch",
	"challenge":         "magiclink.FuzzChallenge",
	"verifier":          "magiclink.FuzzVerifier",
	"sealed id":         "internal/sealed.FuzzSealedID",
	"JSON body":         "handlers.FuzzBody",
	"Basic header":      "handlers.FuzzBasic",
	"user search":       "handlers.FuzzUserSearch",
	"forwarded headers": "handlers/door.FuzzForwardedFor",
	"rendered mail":     "mailer.FuzzFacts",
	"a server's reply":  "mailer.FuzzReply",
	"configuration":     "internal/config.FuzzConfig",
	"JWT":               "session.FuzzJWT",
	"link in the demo":  "web/demo.FuzzLinkToken",
}

// TestEveryHostileInputHasAFuzzTarget: and none has been forgotten in the list.
func TestEveryHostileInputHasAFuzzTarget(t *testing.T) {
	there := slices.Sorted(maps.Keys(fuzzTargets(t)))
	listed := slices.Sorted(maps.Values(hostileInput))
	if !slices.Equal(there, listed) {
		t.Errorf("the targets are\n%s\nwant\n%s", strings.Join(there, "\n"), strings.Join(listed, "\n"))
	}
}

// TestEveryFuzzTargetHasSeeds: without them a target starts from nothing, and what it
// once found is forgotten.
func TestEveryFuzzTargetHasSeeds(t *testing.T) {
	for target, file := range fuzzTargets(t) {
		_, name, _ := strings.Cut(target, ".")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "func "+name+"(")
		body, _, _ = strings.Cut(body, "\n}\n")
		seeds, _ := os.ReadDir(filepath.Join(filepath.Dir(file), "testdata", "fuzz", name))
		if len(seeds) == 0 && !strings.Contains(body, "f.Add(") {
			t.Errorf("%s has no seeds: neither in testdata/fuzz/%s nor by f.Add", target, name)
		}
	}
}

// fuzzTargets is the file of each target, by its package and name.
func fuzzTargets(t *testing.T) map[string]string {
	t.Helper()
	targets := make(map[string]string)
	err := filepath.WalkDir(repository, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(repository, filepath.Dir(path))
		for _, found := range fuzzTarget.FindAllSubmatch(text, -1) {
			targets[filepath.ToSlash(folder)+"."+string(found[1])] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return targets
}
