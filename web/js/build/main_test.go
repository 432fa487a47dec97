package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/web/js"
)

// most is what a form may weigh, minified and gzipped, in bytes: 3 kB of a thousand each.
const most = 3000

func TestWhatIsServedIsWhatTheSourceBuildsTo(t *testing.T) {
	forms, err := build("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range forms {
		got, err := os.ReadFile(filepath.Join("..", "dist", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("dist/%s is not what src/ builds to (%v): go generate ./web/js", name, err)
		}
	}
	if len(forms) != 2 {
		t.Errorf("got %d forms, want a module and a classic script", len(forms))
	}
}

func TestBothFormsAreSmall(t *testing.T) {
	release := js.Current()
	for _, script := range []js.Script{release.Module, release.Classic} {
		t.Logf("%s: %d bytes, gzipped %d", script.Name, len(script.Content), len(script.Gzipped))
		if len(script.Gzipped) >= most {
			t.Errorf("%s: got %d bytes gzipped, want fewer than %d", script.Name, len(script.Gzipped), most)
		}
	}
}

// TestOnlyOursAreRenamed: the build cannot tell a method of ours from one of the browser's that
// has the same name, and would rename that, too.
func TestOnlyOursAreRenamed(t *testing.T) {
	sources, err := filepath.Glob("../src/*.js")
	if err != nil || len(sources) == 0 {
		t.Fatalf("got %d files of source (%v)", len(sources), err)
	}
	used := regexp.MustCompile(`(\w+|\W)\??\.(` + ours + `)\b`)
	found := 0
	for _, source := range sources {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range used.FindAllSubmatch(content, -1) {
			found++
			if of := string(use[1]); of != "kept" && of != "begun" && of != "watched" {
				t.Errorf("%s: %s is renamed, and may not be ours: call it otherwise there, or take it from the list", source, use[0])
			}
		}
	}
	if found == 0 {
		t.Error("found no use of them")
	}
}

// TestThePageNamesTheHashes: who copies a script tag from the documentation must not be
// refused by the browser.
func TestThePageNamesTheHashes(t *testing.T) {
	page, err := os.ReadFile("../../../docs/latchkey-js.md")
	if err != nil {
		t.Fatal(err)
	}
	release := js.Current()
	for _, script := range []js.Script{release.Module, release.Classic} {
		for _, want := range []string{"/js/" + script.Name, script.Integrity} {
			if !strings.Contains(string(page), want) {
				t.Errorf("docs/latchkey-js.md does not say %s", want)
			}
		}
	}
}
