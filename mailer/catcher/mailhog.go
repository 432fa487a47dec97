package catcher

import (
	"mime"
	"net/textproto"
	"strings"
	"time"
)

// The field names below are MailHog's JSON keys. What it leaves encoded
// (bodies, header values) is left encoded here too: its clients decode.

type hogMessage struct {
	ID      string
	From    hogPath
	To      []hogPath
	Content hogContent
	Created time.Time
	MIME    *hogMIME // null unless the message is a multipart
	Raw     hogRaw
}

type hogPath struct {
	Relays  []string // always null: source routes died with RFC 1123
	Mailbox string
	Domain  string
	Params  string // always ""
}

type hogContent struct {
	Headers map[string][]string
	Body    string
	Size    int
	MIME    *hogMIME // null unless it is a part that is itself a multipart
}

type hogMIME struct {
	Parts []*hogContent
}

type hogRaw struct {
	From string
	To   []string
	Data string
	Helo string
}

func hogMessageOf(m *Message) hogMessage {
	// MailHog counts the line break before the final dot as the dot's.
	data := strings.TrimSuffix(string(m.Source), "\r\n")
	content := hogContentOf(data)
	hog := hogMessage{
		ID: m.ID, From: hogPathOf(m.From), To: []hogPath{}, Created: m.ReceivedAt,
		MIME: hogMIMEOf(content, 0), Raw: hogRaw{From: m.From, To: m.To, Data: data, Helo: m.Helo},
	}
	for _, to := range m.To {
		hog.To = append(hog.To, hogPathOf(to))
	}
	addTraces(content.Headers, m)
	hog.Content = *content
	return hog
}

func hogPathOf(address string) hogPath {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return hogPath{Mailbox: address}
	}
	return hogPath{Mailbox: address[:at], Domain: address[at+1:]}
}

// addTraces adds the headers a delivering server would have, as MailHog does.
func addTraces(headers map[string][]string, m *Message) {
	if header(headers, "Message-ID") == "" {
		headers["Message-ID"] = []string{m.ID + "@localhost"}
	}
	headers["Received"] = append(headers["Received"], "from "+m.Helo+" by localhost (Latchkey)\r\n          id "+
		m.ID+"; "+m.ReceivedAt.Format(time.RFC1123Z))
	headers["Return-Path"] = append(headers["Return-Path"], "<"+m.From+">")
}

func hogContentOf(data string) *hogContent {
	head, body := splitHead(data)
	return &hogContent{Headers: hogHeaders(head), Body: body, Size: len(data)}
}

// splitHead parts header and body at the first empty line. Without one all of
// it is body, unless it looks like a header that nothing follows.
func splitHead(data string) (head, body string) {
	for _, empty := range []string{"\r\n", "\n"} {
		if body, ok := strings.CutPrefix(data, empty); ok {
			return "", body
		}
	}
	if head, body, ok := strings.Cut(data, "\r\n\r\n"); ok {
		return head, body
	}
	if head, body, ok := strings.Cut(data, "\n\n"); ok {
		return head, body
	}
	if head, ok := strings.CutSuffix(data, "\n"); ok {
		return head, ""
	}
	return "", data
}

// hogHeaders keeps names as they were written and values as they were encoded;
// a folded line follows the one above it, less the line break.
func hogHeaders(head string) map[string][]string {
	headers := make(map[string][]string)
	last := ""
	for line := range strings.SplitSeq(head, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if last != "" && strings.IndexAny(line, " \t") == 0 {
			values := headers[last]
			values[len(values)-1] += line
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			last = name
			headers[name] = append(headers[name], strings.TrimPrefix(value, " "))
		}
	}
	return headers
}

// header is the first value of a header, whatever case it was written in.
func header(headers map[string][]string, name string) string {
	for written, values := range headers {
		if textproto.CanonicalMIMEHeaderKey(written) == textproto.CanonicalMIMEHeaderKey(name) {
			return values[0]
		}
	}
	return ""
}

// hogMIMEOf splits a multipart, and null is the answer for anything else.
func hogMIMEOf(content *hogContent, depth int) *hogMIME {
	kind, params, err := mime.ParseMediaType(header(content.Headers, "Content-Type"))
	if !strings.HasPrefix(kind, "multipart/") || depth > maxDepth {
		return nil
	}
	split := &hogMIME{Parts: []*hogContent{}}
	if err != nil || params["boundary"] == "" {
		return split
	}
	for _, raw := range splitParts(content.Body, params["boundary"]) {
		part := hogContentOf(raw)
		part.Body = strings.TrimRight(part.Body, "\r\n")
		part.Size = len(strings.TrimRight(raw, "\r\n"))
		part.MIME = hogMIMEOf(part, depth+1)
		split.Parts = append(split.Parts, part)
	}
	return split
}

// splitParts returns what stands between the delimiter lines, without preamble
// and epilogue. A part whose closing delimiter is missing runs to the end.
func splitParts(body, boundary string) []string {
	var parts []string
	pieces := strings.Split("\n"+body, "\n--"+boundary)
	for _, piece := range pieces[1:] {
		rest, content, _ := strings.Cut(piece, "\n")
		switch {
		case strings.HasPrefix(rest, "--"):
			return parts
		case strings.TrimSpace(rest) == "":
			parts = append(parts, content+"\n")
		case len(parts) > 0:
			// Not our delimiter, but a longer one of a part within.
			parts[len(parts)-1] += "--" + boundary + piece + "\n"
		}
	}
	return parts
}
