package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// TestSecretsAreComparedInConstantTime: a comparison that ends at the first byte that
// differs tells by its time how many were right. No answer shows which one is used, so
// this looks at the source.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	for _, where := range []struct{ file, function, call string }{
		{"internal/sealed/id.go", "Open", "hmac.Equal"},
		{"magiclink/pkce.go", "matchVerifier", "subtle.ConstantTimeCompare"},
		{"magiclink/code.go", "linkWithCode", "subtle.ConstantTimeCompare"},
		{"handlers/project.go", "admits", "subtle.ConstantTimeCompare"},
	} {
		calls := callsIn(t, filepath.Join(repository, where.file), where.function)
		if !slices.Contains(calls, where.call) {
			t.Errorf("%s: %s calls %q, want %s among them", where.file, where.function, calls, where.call)
		}
		for _, hasty := range []string{"bytes.Equal", "bytes.Compare", "strings.Compare", "strings.EqualFold", "slices.Equal"} {
			if slices.Contains(calls, hasty) {
				t.Errorf("%s: %s calls %s", where.file, where.function, hasty)
			}
		}
	}
}

// callsIn lists the functions of other packages that a function of the file calls.
func callsIn(t *testing.T, file, function string) (calls []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, declared := range parsed.Decls {
		f, ok := declared.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := call.X.(*ast.Ident); ok {
					calls = append(calls, pkg.Name+"."+call.Sel.Name)
				}
			}
			return true
		})
	}
	return calls
}
