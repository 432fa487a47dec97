package e2e

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	_ "github.com/mattn/go-sqlite3"
)

// jsApp is an app on latchkey.js, on an origin of its own: e2e/js/page.
type jsApp struct {
	*httptest.Server
	dev *dev
}

// jsOptions are what the app says to createLatchkey, and to start.
type jsOptions struct {
	URL            string `json:"url"`
	PublicToken    string `json:"publicToken"`
	Storage        string `json:"storage"`
	SessionMinutes int    `json:"sessionMinutes"`
	ReturnTo       string `json:"returnTo"`
	Query          string `json:"query"` // of the redirect URL
}

// release is what /js/latchkey.json says.
type release struct {
	Version         string
	Module, Classic struct{ Path, Integrity string }
}

func newestRelease(t *testing.T, api string) (r release) {
	t.Helper()
	status, content := get(t, api+"/js/latchkey.json")
	if err := json.Unmarshal(content, &r); err != nil || status != http.StatusOK {
		t.Fatalf("/js/latchkey.json: got %d (%v), want 200", status, err)
	}
	return r
}

// startJSApp serves the app, which finds Latchkey at api. The pages are those of the
// module at /authenticate and of the classic script at /classic/authenticate.
func startJSApp(t *testing.T, dev *dev, change func(*release, *jsOptions)) *jsApp {
	t.Helper()
	script := newestRelease(t, dev.url)
	options := jsOptions{URL: dev.url, PublicToken: devPublicToken, Storage: "local", SessionMinutes: 60, ReturnTo: "/cart?a=1#b"}
	if change != nil {
		change(&script, &options)
	}
	folder := filepath.Join("js", "page")
	pages := template.Must(template.ParseGlob(filepath.Join(folder, "*.html")))
	page := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
			err := pages.ExecuteTemplate(w, name, struct {
				release
				API     template.URL
				Options jsOptions
			}{script, template.URL(dev.url), options})
			if err != nil {
				t.Error(err)
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/authenticate", page("module.html"))
	mux.HandleFunc("/classic/authenticate", page("classic.html"))
	mux.Handle("/app.js", http.FileServer(http.Dir(folder)))
	return &jsApp{startPlain(t, mux), dev}
}

// ask types an address into the page at path, which is where the link will lead, and
// returns the verifier, which is in that browser alone, and the mail.
func (a *jsApp) ask(page *tab, email, earlier string) (verifier string, mail caught) {
	page.t.Helper()
	page.until("window.arrived")
	page.types(testID("email"), email)
	page.click(testID("ask"))
	page.reads(testID("sent"), email)
	return a.verifiers(page)[email], a.dev.mailAfter(page.t, email, earlier)
}

// verifiers are those that the browser keeps in localStorage, by address.
func (a *jsApp) verifiers(page *tab) map[string]string {
	page.t.Helper()
	kept := eval[map[string]string](page, `Object.fromEntries(Object.entries(localStorage)
		.filter(([key]) => key.includes(".flow.")).map(([, text]) => JSON.parse(decodeURIComponent(text)))
		.filter((login) => login.verifier).map((login) => [login.email, login.verifier]))`)
	return kept
}

// sessionTokenIn is where the page keeps the session's token.
func sessionTokenIn(page *tab, storage string) string {
	page.t.Helper()
	return eval[string](page, fmt.Sprintf(`JSON.parse(decodeURIComponent(%s["latchkey.%s.session"]))`, storage, devPublicToken))
}

// expireLinks puts the end of every link into the past, which takes five minutes by any
// other way.
func expireLinks(t *testing.T, data string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA busy_timeout = 10000; UPDATE magic_links SET expires_at = 1"); err != nil {
		t.Fatal(err)
	}
}
