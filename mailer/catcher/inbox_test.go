package catcher

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

type listing struct {
	SMTP     string    `json:"smtp"`
	Total    int       `json:"total"`
	Messages []summary `json:"messages"`
}

func TestListAndDetail(t *testing.T) {
	c := start(t, Config{})
	c.send(t, "bob@example.com", "Subject: older\n\n")
	m := c.send(t, "ada@example.com", loginMail)
	var list listing
	c.get(t, "/messages", &list)
	if list.SMTP != c.smtp || list.Total != 2 || len(list.Messages) != 2 {
		t.Fatalf("got %+v", list)
	}
	newest := list.Messages[0]
	if newest.ID != m.ID || newest.From != "Acme <login@acme.example>" || newest.Link != m.Link || newest.Code != m.Code {
		t.Errorf("got %+v", newest)
	}
	if want := "Open this link: http"; !strings.HasPrefix(newest.Preview, want) {
		t.Errorf("preview: got %q, want it to start with %q", newest.Preview, want)
	}
	var got detail
	c.get(t, "/messages/"+m.ID, &got)
	if !got.HasHTML || got.Text != m.Text || got.EnvelopeFrom != "from@example.com" || got.HeaderTo != "Ada <ada@example.com>" {
		t.Errorf("got %+v", got)
	}
}

func TestSearch(t *testing.T) {
	c := start(t, Config{})
	c.send(t, "bob@example.com", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Transfer-Encoding: quoted-printable\n\nfind=\n me\n")
	c.send(t, "ada@example.com", loginMail)
	for query, want := range map[string]int{
		"": 2, "GRÜ": 1, "find%20me": 1, "ADA@": 1, "acme.example": 1, "48210937": 1, "content-type": 0,
	} {
		var list listing
		c.get(t, "/messages?query="+query, &list)
		if len(list.Messages) != want || list.Total != 2 {
			t.Errorf("%s: got %d of %d, want %d of 2", query, len(list.Messages), list.Total, want)
		}
	}
}

func TestDelete(t *testing.T) {
	c := start(t, Config{})
	first := c.send(t, "ada@example.com", "Subject: 1\n\n")
	c.send(t, "ada@example.com", "Subject: 2\n\n")
	for _, step := range []struct {
		method, path string
		status       int
		left         string
	}{
		{"DELETE", "/messages/" + first.ID, 204, "2"},
		{"DELETE", "/messages/" + first.ID, 404, "2"},
		{"GET", "/messages/" + first.ID, 404, "2"},
		{"DELETE", "/messages", 204, ""},
		{"DELETE", "/messages", 204, ""},
	} {
		if resp, body := c.call(t, step.method, step.path); resp.StatusCode != step.status {
			t.Errorf("%s %s: got %d %s, want %d", step.method, step.path, resp.StatusCode, body, step.status)
		}
		if got := c.subjects(); got != step.left {
			t.Errorf("after %s %s: got %q, want %q", step.method, step.path, got, step.left)
		}
	}
}

func TestHTMLCannotRunScript(t *testing.T) {
	c := start(t, Config{})
	m := c.send(t, "ada@example.com", loginMail)
	resp, body := c.call(t, "GET", "/messages/"+m.ID+"/html")
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"sandbox allow-popups allow-popups-to-escape-sandbox;", "default-src 'none';", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	for _, never := range []string{"allow-scripts", "allow-same-origin", "script-src"} {
		if strings.Contains(policy, never) {
			t.Errorf("policy %q has %q", policy, never)
		}
	}
	if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("type: got %q", got)
	}
	want := `<a target="_blank" rel="noopener noreferrer" href="http://127.0.0.1:8080/l/` + loginToken + `">`
	if !strings.Contains(body, want) || strings.Contains(body, "_self") {
		t.Errorf("got %s, want %s", body, want)
	}
}

func TestOnlyLinksAreRewritten(t *testing.T) {
	const same = "<!DOCTYPE html>\n<STYLE>a > b { x: '</p>' }</STYLE><P Class=x>a &amp; b &nbsp;<!-- <a> --><img src=cid:1>\n<script>'<a href>'</script>"
	if got := openLinksInNewTab(same); got != same {
		t.Errorf("got %q, want %q", got, same)
	}
	got := openLinksInNewTab(`<base target=_top href=//evil.example><A HREF="/x?a=1&amp;b=2" target=_top>y</A>`)
	if want := `<a target="_blank" rel="noopener noreferrer" href="/x?a=1&amp;b=2">y</A>`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The page must work with its own files alone: the policy allows no others.
func TestPageIsWholeAndItsOwn(t *testing.T) {
	c := start(t, Config{})
	resp, page := c.call(t, "GET", "/")
	policy := resp.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "http") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy: %q", policy)
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers: %v", resp.Header)
	}
	for _, path := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		if resp, _ := c.call(t, "GET", path[1]); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d", path[1], resp.StatusCode)
		}
	}
	scripts, err := fs.Glob(assets, "assets/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, name := range scripts {
		if resp, _ := c.call(t, "GET", "/"+name); !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s: got type %q", name, resp.Header.Get("Content-Type"))
		}
		source, err := assets.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|srcdoc|\beval\b`).Find(source); found != nil {
			t.Errorf("%s uses %s: what a mail says must never become markup", name, found)
		}
	}
}

func TestUnknownPathsAnswerJSON(t *testing.T) {
	c := start(t, Config{})
	for _, path := range []string{"/nowhere", "/assets/nothing.js", "/assets/..%2finbox.go", "/messages/1", "/messages/1/html", "/messages/1/source"} {
		resp, body := c.call(t, "GET", path)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, `"error"`) {
			t.Errorf("%s: got %d %s, want 404 and an error", path, resp.StatusCode, body)
		}
	}
}

// listen opens an event stream and returns a reader of one event after another.
func (c running) listen(t *testing.T, path string) (next func() (name, data string)) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("type: got %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return func() (name, data string) {
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case field == "event":
				name = value
			case field == "data":
				data = value
			case field == "" && value == "" && name+data != "":
				return name, data
			case field == "" && value == "ready":
				return "", "" // a comment, where the API has no event for it
			}
		}
		t.Error("the stream ended")
		return "", ""
	}
}

func TestEvents(t *testing.T) {
	c := start(t, Config{})
	next := c.listen(t, "/events")
	if name, _ := next(); name != "ready" {
		t.Fatalf("first event: got %q, want ready", name)
	}
	m := c.send(t, "ada@example.com", loginMail)
	name, data := next()
	var got summary
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatal(err)
	}
	if name != "arrived" || got.ID != m.ID || got.Subject != "Log in" {
		t.Errorf("got %s %s", name, data)
	}
	c.call(t, "DELETE", "/messages/"+m.ID)
	if name, data := next(); name != "deleted" || data != `{"ids":["`+m.ID+`"]}` {
		t.Errorf("got %s %s", name, data)
	}
}
