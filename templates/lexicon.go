package templates

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"
)

// defaultLocale is the language that every message is written in first, and what is
// spoken where another is not known.
const defaultLocale = "en"

const wordsExtension = ".yaml"

// lexicon is one language's words: words/LOCALE.yaml. It is read-only and safe for
// concurrent use.
type lexicon struct {
	locale    string       // "pt-br": the file's name, and what a start asks for
	tag       language.Tag // "pt-BR": what HTML calls it
	localizer *i18n.Localizer
	messages  map[string]string // by id, "mail.login.subject", as they are written
}

// readLexicons reads every language. Each has all messages that English has, and no
// others.
func readLexicons(s sources) (map[string]*lexicon, error) {
	english, err := parseMessages(s.words[path.Join(wordsFolder, defaultLocale+wordsExtension)])
	if err != nil {
		return nil, err
	}
	lexicons := make(map[string]*lexicon)
	for _, file := range s.wordFiles() {
		l, err := readLexicon(file, s.words[file], s.changes[file])
		if err == nil {
			err = errors.Join(l.compare(english), l.tryMoments())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		lexicons[l.locale] = l
	}
	return lexicons, nil
}

// readLexicon reads a language from layers of words, each of which wins over those
// before it, message by message.
func readLexicon(file string, layers ...string) (*lexicon, error) {
	locale := localeOf(file)
	tag, err := language.Parse(locale)
	if err != nil || path.Join(wordsFolder, strings.ToLower(tag.String())+wordsExtension) != file {
		return nil, fmt.Errorf("the name is not a language, as in %s/de.yaml or %s/pt-br.yaml", wordsFolder, wordsFolder)
	}
	bundle, l := i18n.NewBundle(tag), &lexicon{locale: locale, tag: tag, messages: make(map[string]string)}
	for _, layer := range layers {
		messages, err := parseMessages(layer)
		if err != nil {
			return nil, err
		}
		if err := bundle.AddMessages(tag, messages...); err != nil {
			return nil, err
		}
		for _, m := range messages {
			l.messages[m.ID] = m.Other
		}
	}
	l.localizer = i18n.NewLocalizer(bundle, tag.String())
	return l, nil
}

func localeOf(file string) string { return strings.TrimSuffix(path.Base(file), wordsExtension) }

func parseMessages(words string) ([]*i18n.Message, error) {
	return i18n.ParseMessageBytes([]byte(words), func(data []byte, v any) error { return yaml.Load(data, v) })
}

// compare finds messages that are missing, and such as nobody asks for: mostly their
// names are misspelt.
func (l *lexicon) compare(english []*i18n.Message) error {
	wanted, unknown := make(map[string]string), maps.Clone(l.messages)
	for _, m := range english {
		wanted[m.ID] = m.Other
		delete(unknown, m.ID)
	}
	maps.DeleteFunc(wanted, func(id, _ string) bool { return l.messages[id] != "" })
	switch {
	case len(unknown) > 0:
		return fmt.Errorf("there is no message %s", list(unknown))
	case len(wanted) > 0:
		return fmt.Errorf("lacks %s", list(wanted))
	}
	return nil
}

func list(messages map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(messages)), ", ")
}

// say puts the facts into the words of a message.
func (l *lexicon) say(id string, facts any) (string, error) {
	return l.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: facts})
}

// count says how many, in the plural form that the language has for that number.
func (l *lexicon) count(id string, n int) (string, error) {
	return l.localizer.Localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n})
}
