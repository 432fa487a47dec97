package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestEveryDirectDependencyHasItsReason compares go.mod with docs/dependencies.md.
func TestEveryDirectDependencyHasItsReason(t *testing.T) {
	page, err := os.ReadFile("../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "-m", "-f", `{{if not (or .Main .Indirect)}}{{.Path}}{{end}}`, "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	direct := strings.Fields(string(out))
	for _, module := range direct {
		if !strings.Contains(string(page), "`"+module+"`") {
			t.Errorf("docs/dependencies.md gives no reason for %s", module)
		}
	}
	if len(direct) < 10 {
		t.Errorf("go list names only %d direct dependencies", len(direct))
	}
}
