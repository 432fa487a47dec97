// Command build makes what is served of latchkey.js out of its source. It runs by go
// generate, and its test proves that the files in the repository are what it makes.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run builds the package in a folder. Files of versions before stay: pages name them,
// with their hashes.
func run(folder string) error {
	forms, err := build(folder)
	for name, content := range forms {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, "dist", name), content, 0o644))
	}
	return err
}

// build returns both forms of the version that package.json names, by file name.
func build(folder string) (map[string][]byte, error) {
	version, err := readVersion(folder)
	if err != nil {
		return nil, err
	}
	module, moduleErr := bundle(filepath.Join(folder, "src", "index.js"), version, api.FormatESModule)
	classic, classicErr := bundle(filepath.Join(folder, "src", "classic.js"), version, api.FormatIIFE)
	name := "latchkey-" + version
	return map[string][]byte{name + ".mjs": module, name + ".js": classic}, errors.Join(moduleErr, classicErr)
}

func readVersion(folder string) (string, error) {
	content, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil {
		return "", err
	}
	var manifest struct{ Version string }
	return manifest.Version, json.Unmarshal(content, &manifest)
}

// ours are the methods that one file of the source calls in another, and nobody else: no app,
// no storage and no browser gets to see their names, so short ones do.
const ours = `read|write|recall|update|forget|begin|latest|tell`

func bundle(entry, version string, format api.Format) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry},
		Bundle:      true,
		Format:      format,
		TsconfigRaw: "{}", // tsconfig.json is for checking alone
		// What all browsers have since the spring of 2022, Web Locks and BroadcastChannel
		// among it.
		Target:            api.ES2021,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		MangleProps:       `^(` + ours + `)$`,
		Charset:           api.CharsetUTF8,
		Banner:            map[string]string{"js": "/* latchkey.js " + version + " */"},
	})
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("%s: %s", entry, result.Errors[0].Text)
	}
	return result.OutputFiles[0].Contents, nil
}
