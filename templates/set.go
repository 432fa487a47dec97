package templates

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"path"
	"slices"

	"golang.org/x/text/language"
)

// Set holds everything, parsed. It is read-only and safe for concurrent use.
type Set struct {
	lexicons map[string]*lexicon         // by locale
	mails    map[string]map[string]*Mail // by locale and name
	pages    map[string]*template.Template
	assets   []Asset
	locales  []string // English first
	matcher  language.Matcher
}

// Load parses the embedded templates and words, with those below dir in the place of
// the embedded ones; dir "" replaces none. Whatever is wrong with a replacement is found
// here and not when the first mail goes out.
func Load(dir string) (*Set, error) {
	s, err := load(dir)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	return s, nil
}

func load(dir string) (*Set, error) {
	sources, err := readSources(dir)
	if err != nil {
		return nil, err
	}
	s := &Set{assets: []Asset{
		{path.Base(stylesheet), "text/css; charset=utf-8", []byte(sources.layouts[stylesheet])},
		{path.Base(icon), "image/svg+xml", []byte(sources.layouts[icon])},
	}}
	if s.lexicons, err = readLexicons(sources); err != nil {
		return nil, err
	}
	if s.mails, err = parseMails(sources.layouts, s.lexicons); err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(sources.layouts); err != nil {
		return nil, err
	}
	s.listLanguages()
	return s, s.tryPages()
}

// Locales lists the languages that a dir gives, as Load would have them: "en" first.
func Locales(dir string) ([]string, error) {
	sources, err := readSources(dir)
	if err != nil {
		return nil, err
	}
	files := sources.wordFiles()
	locales := make([]string, len(files))
	for i, file := range files {
		locales[i] = localeOf(file)
	}
	return inOrder(locales), nil
}

// Locales lists the languages that there are, as starts name them: "en" first.
func (s *Set) Locales() []string { return slices.Clone(s.locales) }

// Mail is the mail of that name, in that language or else in English. It is nil when
// there is none.
func (s *Set) Mail(name, locale string) *Mail {
	mails, known := s.mails[locale]
	if !known {
		mails = s.mails[defaultLocale]
	}
	return mails[name]
}

// Assets are what all pages load, of whatever brand: their stylesheet and their icon. These
// names stay when the content changes.
func (s *Set) Assets() []Asset { return slices.Clone(s.assets) }

// Negotiate finds the language for a page from the browser's Accept-Language (RFC 9110
// §12.5.4). It is English where none fits or the header says nothing.
func (s *Set) Negotiate(acceptLanguage string) string {
	_, i := language.MatchStrings(s.matcher, acceptLanguage)
	return s.locales[i]
}

func (s *Set) listLanguages() {
	s.locales = inOrder(slices.Collect(maps.Keys(s.lexicons)))
	tags := make([]language.Tag, len(s.locales))
	for i, locale := range s.locales {
		tags[i] = s.lexicons[locale].tag
	}
	s.matcher = language.NewMatcher(tags)
}

// inOrder puts the default first, which is what a matcher falls back to.
func inOrder(locales []string) []string {
	slices.SortFunc(locales, func(a, b string) int {
		if (a == defaultLocale) != (b == defaultLocale) {
			if a == defaultLocale {
				return -1
			}
			return 1
		}
		return cmp.Compare(a, b)
	})
	return locales
}
