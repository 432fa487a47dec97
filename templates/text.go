package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWidth keeps text readable in terminals and below the 76 characters at which
// quoted-printable would break lines (RFC 2045 §6.7).
const lineWidth = 72

// printable drops what cannot be seen: control characters, which could begin a line
// or a header, and format characters (Cf), with which text can be made to read
// backwards or hide.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

// wrap breaks long lines at spaces. A word longer than a line, such as a link, is
// left whole.
func wrap(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		for utf8.RuneCountInString(line) > lineWidth {
			head, rest := breakLine(line)
			if rest == "" {
				break
			}
			b.WriteString(head + "\n")
			line = rest
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// breakLine splits line at the last space that fits, or at the first one.
func breakLine(line string) (head, rest string) {
	at, width := -1, 0
	for i, r := range line {
		if r == ' ' && (width <= lineWidth || at < 0) {
			at = i
		}
		if width++; width > lineWidth && at >= 0 {
			break
		}
	}
	if at <= 0 {
		return line, ""
	}
	return line[:at], line[at+1:]
}
