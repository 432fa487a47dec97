package catcher

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// openLinksInNewTab makes every link of a mail open beside the inbox. Without
// it a click would load the page into the frame that shows the mail, where it
// has no scripts and no origin. All else is passed through byte for byte.
func openLinksInNewTab(document string) string {
	var out strings.Builder
	for tokens := html.NewTokenizer(strings.NewReader(document)); ; {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		raw := string(tokens.Raw()) // Token lower-cases the bytes below it
		token := tokens.Token()
		switch {
		case !isTag(token):
			out.WriteString(raw)
		case token.DataAtom == atom.Base:
			// It could name another target for every link.
		case token.DataAtom == atom.A || token.DataAtom == atom.Area:
			out.WriteString(withNewTab(token).String())
		default:
			out.WriteString(raw)
		}
	}
}

func isTag(token html.Token) bool {
	return token.Type == html.StartTagToken || token.Type == html.SelfClosingTagToken
}

func withNewTab(link html.Token) html.Token {
	attributes := []html.Attribute{
		{Key: "target", Val: "_blank"},
		{Key: "rel", Val: "noopener noreferrer"},
	}
	for _, a := range link.Attr {
		if a.Key != "target" && a.Key != "rel" {
			attributes = append(attributes, a)
		}
	}
	link.Attr = attributes
	return link
}

// hrefs returns where a document's links lead, in order.
func hrefs(document string) []string {
	var found []string
	for tokens := html.NewTokenizer(strings.NewReader(document)); tokens.Next() != html.ErrorToken; {
		token := tokens.Token()
		if !isTag(token) || token.DataAtom != atom.A {
			continue
		}
		for _, a := range token.Attr {
			if a.Key == "href" {
				found = append(found, strings.TrimSpace(a.Val))
			}
		}
	}
	return found
}

// textOf is roughly what a document says: enough to search in, to preview, and
// to find a code in.
func textOf(document string) string {
	var out strings.Builder
	unread := atom.Atom(0) // the element whose text nobody sees
	for tokens := html.NewTokenizer(strings.NewReader(document)); tokens.Next() != html.ErrorToken; {
		token := tokens.Token()
		switch {
		case isTag(token) && invisible(token.DataAtom):
			unread = token.DataAtom
		case token.Type == html.EndTagToken && token.DataAtom == unread:
			unread = 0
		case token.Type == html.TextToken && unread == 0:
			out.WriteString(layout.ReplaceAllString(token.Data, " "))
		case isTag(token) && !inline(token.DataAtom):
			out.WriteByte('\n')
		}
	}
	return strings.TrimSpace(out.String())
}

// Line breaks in HTML source mean as little as spaces. A no-break space is
// text: it may stand between the two halves of a code.
var layout = regexp.MustCompile(`[ \t\r\n\f]+`)

func invisible(element atom.Atom) bool {
	switch element {
	case atom.Script, atom.Style, atom.Title, atom.Template:
		return true
	}
	return false
}

// inline elements run on in their line; all others start a new one.
func inline(element atom.Atom) bool {
	switch element {
	case atom.A, atom.Abbr, atom.B, atom.Code, atom.Em, atom.Font, atom.I, atom.Img,
		atom.Kbd, atom.Mark, atom.S, atom.Small, atom.Span, atom.Strong, atom.Sub,
		atom.Sup, atom.U, atom.Wbr:
		return true
	}
	return false
}
