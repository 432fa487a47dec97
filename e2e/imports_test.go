package e2e

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the layout as a rule: what each package may import of this module.
// Arrows point down; whoever is not listed imports nothing of ours.
var mayImport = map[string][]string{
	"cmd/latchkey":    {"handlers", "handlers/door", "handlers/sdk", "internal/config", "internal/doctor", "internal/sealed", "magiclink", "mailer", "mailer/catcher", "models", "session", "store", "templates", "users", "web/demo"},
	"internal/doctor": {"internal/config", "internal/sealed", "magiclink", "mailer", "models", "store", "templates"},
	"internal/config": {"handlers", "handlers/sdk", "internal/sealed", "magiclink", "mailer", "models", "session", "store", "templates"},
	"handlers":        {"docs", "handlers/door", "handlers/wire", "internal/problem", "magiclink", "models", "profile", "session", "templates", "users", "web/js"},
	"handlers/sdk":    {"handlers/door", "handlers/wire", "internal/problem", "magiclink", "models", "profile", "session", "users"},
	"handlers/door":   {"handlers/wire", "internal/problem", "models", "session", "store"},
	"handlers/wire":   {"magiclink", "models", "session"},
	"magiclink":       {"internal/problem", "internal/sealed", "models", "profile", "session", "store"},
	"users":           {"internal/problem", "internal/sealed", "magiclink", "models", "profile", "store"},
	"profile":         {"internal/problem", "models"},
	"session":         {"internal/problem", "internal/sealed", "models", "store"},
	"mailer":          {"internal/sealed", "models", "store", "templates"},
	"store":           {"models"},
	"store/storetest": {"models", "store"},
	"bench":           {"magiclink", "store"},

	// Examples stand on the standard library alone, for whoever copies them.
	"examples/web":       {"examples/latchkey"},
	"examples/passwords": {"examples/latchkey"},
	"examples/native":    {"examples/latchkey"},

	"handlers/apitest": {"docs"}, // for tests alone
}

// onlyIn names libraries that have one home.
var onlyIn = map[string][]string{
	"gorm.io/":                        {"store"},
	"github.com/gin-gonic/":           {"handlers", "handlers/apitest", "handlers/door", "handlers/sdk", "bench"},
	"github.com/wneessen/go-mail":     {"mailer", "bench"},
	"github.com/emersion/go-smtp":     {"mailer/catcher"},
	"github.com/rs/cors":              {"handlers/sdk"},
	"github.com/hashicorp/golang-lru": {"magiclink"},
	"github.com/go-jose/":             {"session", "handlers"},
	"github.com/spf13/cobra":          {"cmd/latchkey"},
	"github.com/VictoriaMetrics/":     {"cmd/latchkey"},
	"github.com/pressly/goose":        {"store"},
	"github.com/jackc/pgx":            {"store", "store/storetest", "bench"},
	"github.com/mattn/go-sqlite3":     {"store", "bench"},
	"github.com/chromedp/chromedp":    {},
	"blitiri.com.ar/go/spf":           {"internal/doctor"},
	"github.com/emersion/go-msgauth":  {"internal/doctor"},
	"github.com/miekg/dns":            {},
	"github.com/nicksnyder/go-i18n":   {"templates"},
	"gonum.org/v1/":                   {"bench"},
	"github.com/prometheus/procfs":    {"bench"},
	"github.com/evanw/esbuild":        {"web/js/build"},

	// For tests alone.
	"pgregory.net/rapid":                    {},
	"github.com/getkin/kin-openapi":         {"handlers/apitest"},
	"github.com/santhosh-tekuri/jsonschema": {"handlers/apitest"},
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "latchkey/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], "latchkey/")
		for _, imported := range fields[1:] {
			checkImport(t, pkg, imported)
		}
	}
}

func checkImport(t *testing.T, pkg, imported string) {
	if ours, found := strings.CutPrefix(imported, "latchkey/"); found {
		if !slices.Contains(mayImport[pkg], ours) {
			t.Errorf("%s imports %s, which lies above or beside it", pkg, ours)
		}
		return
	}
	for library, homes := range onlyIn {
		if strings.HasPrefix(imported, library) && !slices.Contains(homes, pkg) {
			t.Errorf("%s imports %s, whose home is %v", pkg, imported, homes)
		}
	}
}

func TestEveryPackageOpensWithAParagraph(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{.Doc}}`, "latchkey/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if name, doc, _ := strings.Cut(strings.TrimSpace(line), "|"); doc == "" {
			t.Errorf("%s has no package comment", name)
		}
	}
}
