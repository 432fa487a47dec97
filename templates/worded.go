package templates

import (
	"cmp"
	html "html/template"
	"regexp"
	"slices"
	text "text/template"
	"text/template/parse"
)

// A layout asks for a message by {{.Say "heading"}}. Where the message stands by itself it
// is parsed into the layout here, once for each mail and language: asked for with each mail,
// it would be looked up and filled in apart, which took four times as long.

// sayAction finds such a place, in a block that has changed the dot too ({{$.Say "code"}}).
var sayAction = regexp.MustCompile(`\{\{(- )?(\$?)\.Say "(\w+)"( -)?\}\}`)

// parse makes the mail's two parts from the layouts and its messages.
func (m *Mail) parse(plain, page string) (err error) {
	if m.text, err = text.New(mailLayoutText).Parse(m.worded(plain)); err != nil {
		return err
	}
	m.html, err = html.New(mailLayoutHTML).
		Funcs(html.FuncMap{"onlyOutlook": onlyOutlook, "strong": strong}).
		Parse(m.worded(page))
	if err != nil {
		return err
	}
	for _, id := range m.asked(plain, page) {
		if _, err := m.text.New(id).Parse(m.lexicon.messages[id]); err != nil {
			return err
		}
		words, err := m.html.New(id).Parse(m.lexicon.messages[id])
		if err != nil {
			return err
		}
		escapeWords(words.Tree.Root)
	}
	return nil
}

// worded is a layout that takes its messages from the templates of their ids. One that there
// is not is still asked for: another mail's may have it, or else the first try tells.
func (m *Mail) worded(layout string) string {
	return sayAction.ReplaceAllStringFunc(layout, func(action string) string {
		part := sayAction.FindStringSubmatch(action)
		id := m.message(part[3])
		if m.lexicon.messages[id] == "" {
			return action
		}
		return "{{" + part[1] + `template "` + id + `" ` + cmp.Or(part[2], ".") + part[4] + "}}"
	})
}

// asked lists the messages that worded has put into the layouts.
func (m *Mail) asked(layouts ...string) (ids []string) {
	for _, layout := range layouts {
		for _, part := range sayAction.FindAllStringSubmatch(layout, -1) {
			if id := m.message(part[3]); m.lexicon.messages[id] != "" {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// message is the id of the mail's own message of that name, or else of every mail's.
func (m *Mail) message(name string) string {
	if own := "mail." + m.name + "." + name; m.lexicon.messages[own] != "" {
		return own
	}
	return "mail." + everyMail + "." + name
}

// escapeWords escapes what a message says itself, which is text and not markup.
// html/template escapes the facts in it, where they stand.
func escapeWords(node parse.Node) {
	switch node := node.(type) {
	case *parse.TextNode:
		node.Text = []byte(html.HTMLEscapeString(string(node.Text)))
	case *parse.ListNode:
		if node != nil {
			for _, inner := range node.Nodes {
				escapeWords(inner)
			}
		}
	case *parse.IfNode:
		escapeWords(node.List)
		escapeWords(node.ElseList)
	case *parse.WithNode:
		escapeWords(node.List)
		escapeWords(node.ElseList)
	case *parse.RangeNode:
		escapeWords(node.List)
		escapeWords(node.ElseList)
	}
}
