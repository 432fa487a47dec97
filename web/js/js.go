// Package js is latchkey.js, the browser's side of a login, as the program serves it: a
// module and a classic script under paths with their version, whose content never changes,
// and the integrity hashes by which a page on another origin can insist on exactly that.
//
// The source lies in src/, its types in latchkey.d.ts, and what an app installs with npm
// is this folder. It talks to the browser door (package handlers/sdk) and to nothing else.
package js

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/json"
)

//go:generate go run ./build

//go:embed dist package.json
var files embed.FS

// Script is one form of one version.
type Script struct {
	Name      string // of the file, with the version in it
	Integrity string // for the attribute of that name (W3C Subresource Integrity)
	Content   []byte
	Gzipped   []byte
}

// Release is the version that the program came with.
type Release struct {
	Version         string
	Module, Classic Script
}

// Current is the newest release.
func Current() Release {
	var manifest struct{ Version string }
	if err := json.Unmarshal(read("package.json"), &manifest); err != nil {
		panic("js: package.json: " + err.Error()) // it is embedded, and a test reads it
	}
	name := "latchkey-" + manifest.Version
	return Release{Version: manifest.Version, Module: newScript(name + ".mjs"), Classic: newScript(name + ".js")}
}

// Scripts are all that there are, by name: those of earlier versions too, since pages
// out there name them.
func Scripts() map[string]Script {
	listed, err := files.ReadDir("dist")
	if err != nil {
		panic("js: " + err.Error())
	}
	scripts := make(map[string]Script)
	for _, file := range listed {
		scripts[file.Name()] = newScript(file.Name())
	}
	return scripts
}

func newScript(name string) Script {
	content := read("dist/" + name)
	hash := sha512.Sum384(content)
	return Script{
		Name: name, Content: content, Gzipped: compress(content),
		Integrity: "sha384-" + base64.StdEncoding.EncodeToString(hash[:]),
	}
}

func read(path string) []byte {
	content, err := files.ReadFile(path)
	if err != nil {
		panic("js: " + err.Error())
	}
	return content
}

// compress writes to memory, which does not fail.
func compress(content []byte) []byte {
	var packed bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = writer.Write(content)
	_ = writer.Close()
	return packed.Bytes()
}
