package catcher

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed assets
var assets embed.FS

const (
	// The page loads nothing but its own files, and shows mails in frames.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
	// A mail is a stranger's document. sandbox puts it in an origin of its own,
	// without scripts, even where somebody opens it outside the page's frame.
	mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " +
		"style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

func (c *Catcher) routeInbox(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", c.page)
	mux.HandleFunc("GET /assets/{file}", c.asset)
	mux.HandleFunc("GET /messages", c.messages)
	mux.HandleFunc("DELETE /messages", c.deleteMessages)
	mux.HandleFunc("GET /messages/{id}", c.message)
	mux.HandleFunc("DELETE /messages/{id}", c.deleteMessage)
	mux.HandleFunc("GET /messages/{id}/html", c.messageHTML)
	mux.HandleFunc("GET /messages/{id}/source", c.messageSource)
	mux.HandleFunc("GET /inbox/{address}/latest", c.latest)
	mux.HandleFunc("GET /events", c.events)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "There is nothing here.")
	})
}

func (c *Catcher) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	http.ServeFileFS(w, r, assets, "assets/inbox.html")
}

func (c *Catcher) asset(w http.ResponseWriter, r *http.Request) {
	name := "assets/" + r.PathValue("file")
	if _, err := fs.Stat(assets, name); err != nil {
		refuse(w, http.StatusNotFound, "There is no such file.")
		return
	}
	http.ServeFileFS(w, r, assets, name)
}

// summary is a message as the list shows it.
type summary struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"received_at"`
	From       string    `json:"from"`
	To         []string  `json:"to"`
	Subject    string    `json:"subject"`
	Preview    string    `json:"preview"`
	Size       int       `json:"size"`
	Link       string    `json:"link"`
	Code       string    `json:"code"`
}

func summaryOf(m *Message) summary {
	from := m.HeaderFrom
	if from == "" {
		from = m.From
	}
	return summary{
		ID: m.ID, ReceivedAt: m.ReceivedAt, From: from, To: m.To, Subject: m.Subject,
		Preview: preview(m), Size: len(m.Source), Link: m.Link, Code: m.Code,
	}
}

// preview is the beginning of what a mail says, on one line.
func preview(m *Message) string {
	const enough = 160 // two lines of the list
	text := m.Text
	if text == "" {
		text = textOf(m.HTML)
	}
	if len(text) > 10*enough {
		text = strings.ToValidUTF8(text[:10*enough], "")
	}
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= enough {
		return text
	}
	return string([]rune(text)[:enough]) + "…"
}

func (c *Catcher) messages(w http.ResponseWriter, r *http.Request) {
	query := strings.ToLower(r.URL.Query().Get("query"))
	all := c.mailbox.list()
	found := []summary{}
	for _, m := range all {
		if says(m, query) {
			found = append(found, summaryOf(m))
		}
	}
	answer(w, http.StatusOK, struct {
		SMTP     string    `json:"smtp"`
		Total    int       `json:"total"`
		Messages []summary `json:"messages"`
	}{c.smtpAddr(), len(all), found})
}

// says whether what a person sees of m contains the lower-case query.
func says(m *Message, query string) bool {
	seen := []string{m.Subject, m.HeaderFrom, m.HeaderTo, m.From, strings.Join(m.To, " "), m.Text, m.Code}
	if m.Text == "" {
		seen = append(seen, textOf(m.HTML))
	}
	return strings.Contains(strings.ToLower(strings.Join(seen, "\n")), query)
}

// detail is a message as the reading pane shows it.
type detail struct {
	summary
	EnvelopeFrom string       `json:"envelope_from"`
	HeaderTo     string       `json:"header_to"`
	Text         string       `json:"text"`
	HasHTML      bool         `json:"has_html"`
	Attachments  []Attachment `json:"attachments"`
	Problem      string       `json:"problem"`
}

func (c *Catcher) message(w http.ResponseWriter, r *http.Request) {
	m := c.find(w, r)
	if m == nil {
		return
	}
	answer(w, http.StatusOK, detail{
		summary: summaryOf(m), EnvelopeFrom: m.From, HeaderTo: m.HeaderTo, Text: m.Text,
		HasHTML: m.HTML != "", Attachments: m.Attachments, Problem: m.Problem,
	})
}

func (c *Catcher) messageHTML(w http.ResponseWriter, r *http.Request) {
	m := c.find(w, r)
	if m == nil {
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(openLinksInNewTab(m.HTML)))
}

func (c *Catcher) messageSource(w http.ResponseWriter, r *http.Request) {
	m := c.find(w, r)
	if m == nil {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(m.Source)
}

func (c *Catcher) deleteMessages(w http.ResponseWriter, _ *http.Request) {
	c.mailbox.deleteAll()
	w.WriteHeader(http.StatusNoContent)
}

func (c *Catcher) deleteMessage(w http.ResponseWriter, r *http.Request) {
	if !c.mailbox.delete(r.PathValue("id")) {
		refuse(w, http.StatusNotFound, "There is no such mail.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// find returns the message the path names, or answers 404 and returns nil.
func (c *Catcher) find(w http.ResponseWriter, r *http.Request) *Message {
	m := c.mailbox.get(r.PathValue("id"))
	if m == nil {
		refuse(w, http.StatusNotFound, "There is no such mail.")
	}
	return m
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}
