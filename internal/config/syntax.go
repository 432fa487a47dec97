package config

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// complainOfBytes finds what no YAML may hold, since the parser does not say where,
// and whatever but a line feed the parser counts as the end of a line.
func (d *document) complainOfBytes(text []byte) (ok bool) {
	line := 1
	for i, r := range string(text) {
		rest := text[i:]
		switch {
		case r == '\n':
			line++
		case r == '\t' || bytes.HasPrefix(rest, []byte("\r\n")):
		case r == utf8.RuneError && !bytes.HasPrefix(rest, []byte("\uFFFD")):
			d.unreadable(line, "is not UTF-8: save the file in that encoding")
			return false
		case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
			d.unreadable(line, "has a control character in it: delete it")
			return false
		}
	}
	return true
}

// unreadable notes a fault after which nothing more can be said of the file.
func (d *document) unreadable(line int, message string) {
	d.faulty[""] = true
	d.faults = append(d.faults, remark{line, message})
}

// complainOfSyntax says in our words where the text stops being YAML.
func (d *document) complainOfSyntax(err error, text []byte) {
	if errors.Is(err, io.EOF) {
		d.unreadable(1, "the file is empty: start from the config.yaml that comes with Latchkey")
		return
	}
	found := new(yaml.LoadError)
	if !errors.As(err, &found) {
		d.unreadable(1, "cannot be read as YAML")
		return
	}
	line := max(1, found.Mark.Line)
	// At the end of the text stands only what was never closed, not where it began.
	if last := 1 + bytes.Count(bytes.TrimSpace(text), []byte("\n")); line > last {
		line = last
		if began := found.ContextMark.Line; 0 < began && began < last {
			line = began
		}
	}
	d.unreadable(line, syntaxFault(found, lineOf(text, line)))
}

// syntaxFault names the cause that is most likely on such a line. The library's own
// message is passed on only from the stages whose messages quote nothing.
func syntaxFault(err *yaml.LoadError, line string) string {
	switch inner := strings.TrimLeft(line, " "); {
	case strings.HasPrefix(inner, "\t"):
		return "a tab indents this line: YAML takes spaces only"
	case strings.Contains(line, "${") && strings.ContainsAny(line, "{["):
		return `inside {…} or […] a value with ${NAME} needs quotes, as in {url: "${SMTP_URL}"}`
	case err.Stage == yaml.ComposerStage:
		return "a value that begins with * or & needs quotes"
	case strings.Contains(err.ContextMsg, "tag"):
		return "a value that begins with ! needs quotes"
	case strings.Contains(err.Message, "mapping values are not allowed"):
		return `is indented differently from its neighbours, or needs quotes around a value with ": " in it`
	case err.Stage == yaml.ScannerStage || err.Stage == yaml.ParserStage:
		return "cannot be read as YAML: " + err.Message
	}
	return "cannot be read as YAML"
}

func lineOf(text []byte, number int) string {
	lines := bytes.Split(text, []byte("\n"))
	if number > len(lines) {
		return ""
	}
	return string(lines[number-1])
}
