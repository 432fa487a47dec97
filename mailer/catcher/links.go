package catcher

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	urls = regexp.MustCompile("https?://[^\\s<>\"'`]+")
	// A run of digits and the separators people write between them. Only a
	// whole run counts, so that a piece of a phone or card number does not.
	digitRuns = regexp.MustCompile(`[0-9+][0-9 \x{00A0}\x{2007}\x{202F}-]*`)
	code      = regexp.MustCompile(`^([0-9]{4})[ \x{00A0}\x{2007}\x{202F}]([0-9]{4})$`)
)

// findLink returns the first URL with a path /l/{token}, and the token. The
// text part has it where there is one; the HTML is for mails without.
func findLink(m *Message) (link, token string) {
	for _, candidate := range urls.FindAllString(m.Text, -1) {
		// Punctuation that ends a sentence is not part of the URL in it.
		candidate = strings.TrimRight(candidate, ".,;:!?)]}*")
		if token := linkToken(candidate); token != "" {
			return candidate, token
		}
	}
	for _, candidate := range hrefs(m.HTML) {
		if token := linkToken(candidate); token != "" {
			return candidate, token
		}
	}
	return "", ""
}

// linkToken is the end of a magic link's path, "" for any other URL.
func linkToken(link string) string {
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	token, ok := strings.CutPrefix(u.Path, "/l/")
	if !ok || strings.Contains(token, "/") {
		return ""
	}
	return token
}

func findCode(m *Message) string {
	if found := codeIn(m.Text); found != "" {
		return found
	}
	return codeIn(textOf(m.HTML))
}

func codeIn(text string) string {
	for _, run := range digitRuns.FindAllString(text, -1) {
		run = strings.TrimRight(run, " -\u00A0\u2007\u202F")
		if groups := code.FindStringSubmatch(run); groups != nil {
			return groups[1] + groups[2]
		}
	}
	return ""
}
