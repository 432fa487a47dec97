package catcher

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// MailHog's own numbers: what v1 lists, and what v2 lists unless told and at most.
const (
	hogListed  = 1000
	hogLimit   = 50
	hogLimited = 250
)

func (c *Catcher) routeMailHog(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/messages", c.hogList)
	mux.HandleFunc("DELETE /api/v1/messages", c.hogDeleteAll)
	mux.HandleFunc("GET /api/v1/messages/{id}", c.hogGet)
	mux.HandleFunc("DELETE /api/v1/messages/{id}", c.hogDelete)
	mux.HandleFunc("GET /api/v1/messages/{id}/download", c.hogDownload)
	mux.HandleFunc("GET /api/v1/messages/{id}/mime/part/{part}/download", c.hogDownloadPart)
	mux.HandleFunc("POST /api/v1/messages/{id}/release", c.hogRelease)
	mux.HandleFunc("GET /api/v1/events", c.hogEvents)
	mux.HandleFunc("GET /api/v2/messages", c.hogPage)
	mux.HandleFunc("GET /api/v2/search", c.hogSearch)
	// MailHog answers a preflight with 200, and without CORS headers unless
	// it is told an origin; the catcher is never told one.
	mux.HandleFunc("OPTIONS /api/", func(http.ResponseWriter, *http.Request) {})
}

func (c *Catcher) hogList(w http.ResponseWriter, _ *http.Request) {
	all := c.mailbox.list()
	hogAnswer(w, http.StatusOK, hogMessages(all[:min(len(all), hogListed)]))
}

func (c *Catcher) hogGet(w http.ResponseWriter, r *http.Request) {
	m := c.mailbox.get(r.PathValue("id"))
	if m == nil {
		hogAnswer(w, http.StatusNotFound, nil)
		return
	}
	hogAnswer(w, http.StatusOK, hogMessageOf(m))
}

func (c *Catcher) hogDeleteAll(w http.ResponseWriter, _ *http.Request) {
	c.mailbox.deleteAll()
	w.Header().Set("Content-Type", "text/json")
	w.WriteHeader(http.StatusOK)
}

func (c *Catcher) hogDelete(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/json")
	if !c.mailbox.delete(r.PathValue("id")) {
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *Catcher) hogDownload(w http.ResponseWriter, r *http.Request) {
	m := c.find(w, r)
	if m == nil {
		return
	}
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("Content-Disposition", `attachment; filename="`+m.ID+`.eml"`)
	_, _ = w.Write(m.Source)
}

func (c *Catcher) hogDownloadPart(w http.ResponseWriter, r *http.Request) {
	m := c.find(w, r)
	if m == nil {
		return
	}
	parts := hogMessageOf(m).MIME
	i, err := strconv.Atoi(r.PathValue("part"))
	if err != nil || parts == nil || i < 0 || i >= len(parts.Parts) {
		refuse(w, http.StatusNotFound, "This mail has no such part.")
		return
	}
	part := parts.Parts[i]
	// The type is a stranger's word, so this is a download whatever it says.
	if kind := header(part.Headers, "Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+m.ID+"-part-"+strconv.Itoa(i)+`"`)
	w.Header().Set("Content-Security-Policy", mailPolicy)
	_, _ = w.Write(hogPartBody(part))
}

// hogPartBody undoes base64 and, like MailHog, nothing else.
func hogPartBody(part *hogContent) []byte {
	if strings.EqualFold(strings.TrimSpace(header(part.Headers, "Content-Transfer-Encoding")), "base64") {
		if decoded, err := base64.StdEncoding.DecodeString(part.Body); err == nil {
			return decoded
		}
	}
	return []byte(part.Body)
}

func (c *Catcher) hogRelease(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotImplemented, "Nothing leaves this catcher: releasing a mail is not supported.")
}

func (c *Catcher) hogEvents(w http.ResponseWriter, r *http.Request) {
	c.stream(w, r, ": ready\n\n", func(e event) string {
		if e.arrived == nil {
			return "" // MailHog tells of arrivals only
		}
		body, err := json.Marshal(hogMessageOf(e.arrived))
		if err != nil {
			return ""
		}
		return "data: " + string(body) + "\n\n"
	})
}

// hogResult is what v2 answers: one page of items out of total.
type hogResult struct {
	Total int          `json:"total"`
	Count int          `json:"count"`
	Start int          `json:"start"`
	Items []hogMessage `json:"items"`
}

func (c *Catcher) hogPage(w http.ResponseWriter, r *http.Request) {
	hogAnswer(w, http.StatusOK, hogResultOf(c.mailbox.list(), r))
}

func (c *Catcher) hogSearch(w http.ResponseWriter, r *http.Request) {
	kind, query := r.URL.Query().Get("kind"), strings.ToLower(r.URL.Query().Get("query"))
	if (kind != "from" && kind != "to" && kind != "containing") || query == "" {
		refuse(w, http.StatusBadRequest, "kind must be from, to or containing, and query must not be empty.")
		return
	}
	var found []*Message
	for _, m := range c.mailbox.list() {
		if hogMatches(m, kind, query) {
			found = append(found, m)
		}
	}
	answer(w, http.StatusOK, hogResultOf(found, r))
}

// hogMatches looks where MailHog looks, at the source; and at the decoded text
// too, so that a word is found that quoted-printable broke up.
func hogMatches(m *Message, kind, query string) bool {
	content := hogContentOf(string(m.Source))
	var places []string
	switch kind {
	case "from":
		places = []string{m.From, header(content.Headers, "From"), m.HeaderFrom}
	case "to":
		places = append([]string{header(content.Headers, "To"), m.HeaderTo}, m.To...)
	case "containing":
		places = []string{content.Body, m.Subject, m.Text, m.HTML}
		for _, values := range content.Headers {
			places = append(places, values...)
		}
	}
	for _, place := range places {
		if strings.Contains(strings.ToLower(place), query) {
			return true
		}
	}
	return false
}

func hogResultOf(all []*Message, r *http.Request) hogResult {
	start := positive(r.URL.Query().Get("start"), 0)
	limit := min(positive(r.URL.Query().Get("limit"), hogLimit), hogLimited)
	from := min(start, len(all))
	items := hogMessages(all[from:min(from+limit, len(all))])
	return hogResult{Total: len(all), Count: len(items), Start: start, Items: items}
}

// positive reads a number above zero. Like MailHog it takes anything else for
// not given.
func positive(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func hogMessages(messages []*Message) []hogMessage {
	all := make([]hogMessage, 0, len(messages))
	for _, m := range messages {
		all = append(all, hogMessageOf(m))
	}
	return all
}

// hogAnswer uses the media type MailHog uses, which is no registered one.
func hogAnswer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/json")
	w.WriteHeader(status)
	encoded, err := json.Marshal(body)
	if err == nil {
		_, _ = w.Write(encoded)
	}
}
