package templates

import (
	"errors"
	"fmt"
	html "html/template"
	"io"
	"path"
	"strings"
)

const (
	mailFolder  = "mail"
	pagesFolder = "pages"
	layout      = "layout" // what the mails share
	stylesheet  = "pages/pages.css"
)

// Set holds every template, parsed. It is read-only and safe for concurrent use.
type Set struct {
	mails      map[string]*Mail
	pages      map[string]*html.Template
	stylesheet []byte
}

// Load parses the embedded templates, each replaced by the file of the same name
// below dir if there is one; dir "" replaces none. Whatever is wrong with a
// replacement is found here and not when the first mail goes out.
func Load(dir string) (*Set, error) {
	files, err := readFiles(dir)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	s := &Set{stylesheet: []byte(files[stylesheet])}
	if s.mails, err = parseMails(files); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	if s.pages, err = parsePages(files); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	return s, nil
}

// Mail is the mail of that name: mail/NAME.txt and mail/NAME.html. It is nil when
// there is none.
func (s *Set) Mail(name string) *Mail { return s.mails[name] }

// Page is the page of that name: pages/NAME.html. It is nil when there is none.
func (s *Set) Page(name string) *html.Template { return s.pages[name] }

// Stylesheet is what all pages look like.
func (s *Set) Stylesheet() []byte { return s.stylesheet }

func parsePages(files map[string]string) (map[string]*html.Template, error) {
	pages := make(map[string]*html.Template)
	for _, name := range namesOf(files, pagesFolder, ".html") {
		file := path.Join(pagesFolder, name+".html")
		page, err := html.New(file).Parse(files[file])
		if err != nil {
			return nil, err
		}
		// html/template looks for unsafe places only when a template is first run.
		// Without data most pages then fail too, but with another type of error.
		var unsafe *html.Error
		if err := page.Execute(io.Discard, nil); errors.As(err, &unsafe) {
			return nil, unsafe
		}
		pages[name] = page
	}
	return pages, nil
}

// namesOf lists the templates of a folder: its files with that extension, without
// folder and extension.
func namesOf(files map[string]string, folder, extension string) []string {
	var names []string
	for file := range files {
		name, found := strings.CutSuffix(path.Base(file), extension)
		if found && path.Dir(file) == folder && name != layout {
			names = append(names, name)
		}
	}
	return names
}
