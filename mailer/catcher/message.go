package catcher

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // so that text parts in any charset become UTF-8
)

// Message is one caught mail: the envelope and source as they came, and what
// could be read from the source. Text is UTF-8 throughout.
type Message struct {
	ID         string
	ReceivedAt time.Time

	Helo   string   // what the client called itself
	From   string   // envelope sender, "" for the null sender
	To     []string // envelope recipients
	Source []byte   // header and body, byte for byte

	Subject     string
	HeaderFrom  string // the From header, decoded
	HeaderTo    string // the To header, decoded
	Text        string // the text/plain part, "" if there is none
	HTML        string // the text/html part, "" if there is none
	Attachments []Attachment
	Problem     string // why the source could not be read in full, "" if it could

	Link  string // first URL with a path /l/{token}, "" if there is none
	Token string // the token of Link
	Code  string // eight digits that were shown as two groups of four
}

// Attachment names a part that is neither the text nor the HTML.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"`
}

type envelope struct {
	helo, from string
	to         []string
}

func newMessage(e envelope, source []byte) *Message {
	m := &Message{Helo: e.helo, From: e.from, To: e.to, Source: source}
	if err := m.read(); err != nil {
		m.Problem = inWords(err)
	}
	m.Link, m.Token = findLink(m)
	m.Code = findCode(m)
	return m
}

func inWords(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends in the middle of a part"
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// isTo compares ASCII letters in any case, and no others: Unicode folding would
// take two different mailboxes for one.
func (m *Message) isTo(address string) bool {
	for _, to := range m.To {
		if asciiLower(to) == asciiLower(address) {
			return true
		}
	}
	return false
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}

// read fills in what the source says. Where it fails, what was read so far
// stays: a broken mail is the one somebody wants to look at.
func (m *Message) read() error {
	entity, err := message.Read(bytes.NewReader(m.Source))
	if entity == nil {
		// No header that could be read, so nothing says where a body starts.
		m.Text = readable(m.Source)
		return err
	}
	m.Subject = headerText(entity.Header, "Subject")
	m.HeaderFrom = headerText(entity.Header, "From")
	m.HeaderTo = headerText(entity.Header, "To")
	parts, problems := 0, []error{err}
	err = entity.Walk(func(path []int, part *message.Entity, err error) error {
		if parts++; len(path) > maxDepth || parts > maxParts {
			return errors.New("too many MIME parts")
		}
		problems = append(problems, err, m.readPart(part))
		return nil
	})
	return errors.Join(append(problems, err)...)
}

// A mail that somebody wrote has a handful of parts. These bounds keep one made
// of nothing but boundaries from costing more time than its size.
const (
	maxDepth = 20
	maxParts = 500
)

func (m *Message) readPart(part *message.Entity) error {
	if part.MultipartReader() != nil {
		return nil
	}
	kind, params, _ := part.Header.ContentType()
	disposition, dispositionParams, _ := part.Header.ContentDisposition()
	content, err := io.ReadAll(part.Body)
	switch {
	case disposition != "attachment" && kind == "text/plain" && m.Text == "":
		m.Text = readable(content)
	case disposition != "attachment" && kind == "text/html" && m.HTML == "":
		m.HTML = readable(content)
	default:
		name := dispositionParams["filename"]
		if name == "" {
			name = params["name"]
		}
		m.Attachments = append(m.Attachments, Attachment{decodeWords(name), kind, len(content)})
	}
	return err
}

func readable(content []byte) string {
	text := strings.ToValidUTF8(string(content), "\uFFFD")
	return strings.ReplaceAll(text, "\r\n", "\n")
}

func headerText(h message.Header, name string) string {
	return decodeWords(strings.TrimSpace(h.Get(name)))
}

// decodeWords undoes RFC 2047, and leaves alone what it can't.
func decodeWords(s string) string {
	words := mime.WordDecoder{CharsetReader: message.CharsetReader}
	decoded, err := words.DecodeHeader(s)
	if err != nil {
		decoded = s
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}
