// Package docs holds what of the documentation the program serves itself, so that it
// always fits the version in use.
package docs

import _ "embed"

// OpenAPI is openapi.yaml, the wire format as an OpenAPI document.
//
//go:embed openapi.yaml
var OpenAPI []byte
