package catcher

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The whole document, compared as JSON: keys, nulls and order of items are what
// MailHog's clients were written against.
func TestMailHogMessage(t *testing.T) {
	clock := &fixedClock{at: time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)}
	c := start(t, Config{Now: clock.now})
	m := c.send(t, "ada@example.com", `From: Acme <login@acme.example>
Subject: a long
 subject
Message-ID: <1@acme.example>
Content-Type: multipart/alternative; boundary=b1

preamble
--b1
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe
--b1
Content-Type: multipart/related; boundary=b12

--b12
Content-Type: text/html

<b>hi</b>
--b12--
--b1--
epilogue
`)
	_, body := c.call(t, "GET", "/api/v1/messages/"+m.ID)
	data := strings.TrimSuffix(string(m.Source), "\r\n")
	_, content, _ := strings.Cut(data, "\r\n\r\n")
	want := fmt.Sprintf(`{
		"ID": %q,
		"From": {"Relays": null, "Mailbox": "from", "Domain": "example.com", "Params": ""},
		"To": [{"Relays": null, "Mailbox": "ada", "Domain": "example.com", "Params": ""}],
		"Content": {
			"Headers": {
				"From": ["Acme <login@acme.example>"],
				"Subject": ["a long subject"],
				"Message-ID": ["<1@acme.example>"],
				"Content-Type": ["multipart/alternative; boundary=b1"],
				"Received": ["from localhost by localhost (Latchkey)\r\n          id %s; Fri, 02 Jan 2026 15:00:00 +0000"],
				"Return-Path": ["<from@example.com>"]
			},
			"Body": %q, "Size": %d, "MIME": null
		},
		"Created": "2026-01-02T15:00:00Z",
		"MIME": {"Parts": [
			{"Headers": {"Content-Type": ["text/plain"], "Content-Transfer-Encoding": ["quoted-printable"]},
			 "Body": "Gr=C3=BC=C3=9Fe", "Size": 88, "MIME": null},
			{"Headers": {"Content-Type": ["multipart/related; boundary=b12"]},
			 "Body": "--b12\r\nContent-Type: text/html\r\n\r\n<b>hi</b>\r\n--b12--", "Size": 101,
			 "MIME": {"Parts": [{"Headers": {"Content-Type": ["text/html"]}, "Body": "<b>hi</b>", "Size": 36, "MIME": null}]}}
		]},
		"Raw": {"From": "from@example.com", "To": ["ada@example.com"], "Data": %q, "Helo": "localhost"}
	}`, m.ID, m.ID, content, len(data), data)
	if diff := jsonDiff(t, body, want); diff != "" {
		t.Error(diff)
	}
}

func TestMailHogPlainMessage(t *testing.T) {
	c := start(t, Config{})
	m := c.send(t, "ada@example.com", "Subject: x\n\nhello\n")
	var got hogMessage
	c.get(t, "/api/v1/messages/"+m.ID, &got)
	if got.MIME != nil || got.Content.Body != "hello" || got.Content.Headers["Message-ID"][0] != m.ID+"@localhost" {
		t.Errorf("got %+v", got)
	}
}

func jsonDiff(t *testing.T, got, want string) string {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if reflect.DeepEqual(g, w) {
		return ""
	}
	pretty := func(v any) string { b, _ := json.MarshalIndent(v, "", " "); return string(b) }
	return "got " + pretty(g) + "\nwant " + pretty(w)
}

func TestMailHogListsNewestFirst(t *testing.T) {
	c := start(t, Config{})
	if _, body := c.call(t, "GET", "/api/v1/messages"); body != "[]" {
		t.Errorf("v1, empty: got %s, want []", body)
	}
	if _, body := c.call(t, "GET", "/api/v2/messages"); body != `{"total":0,"count":0,"start":0,"items":[]}` {
		t.Errorf("v2, empty: got %s", body)
	}
	for i := range 60 {
		m := newMessage(envelope{to: []string{"ada@example.com"}}, fmt.Appendf(nil, "Subject: %d\r\n\r\n", i))
		if err := c.mailbox.keep(m); err != nil {
			t.Fatal(err)
		}
	}
	var all []hogMessage
	c.get(t, "/api/v1/messages", &all)
	if len(all) != 60 || all[0].Content.Headers["Subject"][0] != "59" {
		t.Errorf("v1: got %d, first %v", len(all), all[0].Content.Headers)
	}
	for query, want := range map[string]struct {
		count, start int
		first        string
	}{
		"":                       {50, 0, "59"},
		"?limit=2":               {2, 0, "59"},
		"?start=58&limit=5":      {2, 58, "1"},
		"?start=99":              {0, 99, ""},
		"?limit=9999":            {60, 0, "59"},
		"?limit=-1&start=banana": {50, 0, "59"},
	} {
		var got hogResult
		c.get(t, "/api/v2/messages"+query, &got)
		first := ""
		if len(got.Items) > 0 {
			first = got.Items[0].Content.Headers["Subject"][0]
		}
		if got.Total != 60 || got.Count != want.count || len(got.Items) != want.count || got.Start != want.start || first != want.first {
			t.Errorf("%s: got total %d, count %d, start %d, first %q; want %+v", query, got.Total, got.Count, got.Start, first, want)
		}
	}
}

func TestMailHogSearch(t *testing.T) {
	c := start(t, Config{})
	c.send(t, "Bob@example.com", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nTo: Robert <bob@example.com>\nFrom: Shop <news@shop.example>\n\nhello\n")
	c.send(t, "ada@example.com", loginMail)
	for query, want := range map[string]int{
		"kind=to&query=BOB":                 1,
		"kind=to&query=robert":              1,
		"kind=to&query=@example.com":        2,
		"kind=from&query=shop":              1,
		"kind=from&query=from@example":      2,
		"kind=containing&query=OPEN%20this": 1,
		"kind=containing&query=gr%C3%BC":    1,
		"kind=containing&query=alternative": 1,
		"kind=containing&query=nowhere":     0,
	} {
		var got hogResult
		c.get(t, "/api/v2/search?"+query, &got)
		if got.Total != want || got.Count != want || len(got.Items) != want || got.Items == nil {
			t.Errorf("%s: got %d of %d, want %d", query, got.Count, got.Total, want)
		}
	}
	for _, query := range []string{"", "kind=to", "kind=subject&query=x"} {
		if resp, _ := c.call(t, "GET", "/api/v2/search?"+query); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: got %d, want 400", query, resp.StatusCode)
		}
	}
}

func TestMailHogDownloads(t *testing.T) {
	c := start(t, Config{})
	m := c.send(t, "ada@example.com", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>\n--b\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n--b--\n")
	resp, body := c.call(t, "GET", "/api/v1/messages/"+m.ID+"/download")
	if body != string(m.Source) || resp.Header.Get("Content-Type") != "message/rfc822" ||
		resp.Header.Get("Content-Disposition") != `attachment; filename="`+m.ID+`.eml"` {
		t.Errorf("got %v %q", resp.Header, body)
	}
	if _, body := c.call(t, "GET", "/api/v1/messages/"+m.ID+"/mime/part/1/download"); body != "hello" {
		t.Errorf("part 1: got %q, want hello", body)
	}
	resp, body = c.call(t, "GET", "/api/v1/messages/"+m.ID+"/mime/part/0/download")
	if body != "<p>" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment;") ||
		!strings.HasPrefix(resp.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("part 0: got %v %q", resp.Header, body)
	}
	for _, part := range []string{"2", "-1", "x"} {
		if resp, _ := c.call(t, "GET", "/api/v1/messages/"+m.ID+"/mime/part/"+part+"/download"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("part %s: got %d, want 404", part, resp.StatusCode)
		}
	}
}

func TestMailHogDeletesAndRefuses(t *testing.T) {
	c := start(t, Config{})
	first := c.send(t, "ada@example.com", "Subject: 1\n\n")
	c.send(t, "ada@example.com", "Subject: 2\n\n")
	for _, step := range []struct {
		method, path string
		status       int
		body, left   string
	}{
		{"POST", "/api/v1/messages/" + first.ID + "/release", 501, `{"error":"Nothing leaves this catcher: releasing a mail is not supported."}` + "\n", "2 1"},
		{"GET", "/api/v2/jim", 404, `{"error":"There is nothing here."}` + "\n", "2 1"},
		{"OPTIONS", "/api/v1/messages", 200, "", "2 1"},
		{"DELETE", "/api/v1/messages/" + first.ID, 200, "", "2"},
		{"DELETE", "/api/v1/messages/" + first.ID, 404, "", "2"},
		{"GET", "/api/v1/messages/" + first.ID, 404, "null", "2"},
		{"DELETE", "/api/v1/messages", 200, "", ""},
	} {
		resp, body := c.call(t, step.method, step.path)
		if resp.StatusCode != step.status || body != step.body || c.subjects() != step.left {
			t.Errorf("%s %s: got %d %q, left %q; want %+v", step.method, step.path, resp.StatusCode, body, c.subjects(), step)
		}
	}
}

func TestMailHogEvents(t *testing.T) {
	c := start(t, Config{})
	next := c.listen(t, "/api/v1/events")
	next() // the comment that says we are heard
	m := c.send(t, "ada@example.com", loginMail)
	_, data := next()
	var got hogMessage
	if err := json.Unmarshal([]byte(data), &got); err != nil || got.ID != m.ID || len(got.MIME.Parts) != 2 {
		t.Errorf("got %s (%v)", data, err)
	}
}

// Broken by design in ways that cost naive splitters a panic.
func TestMailHogTakesAnything(t *testing.T) {
	for _, source := range []string{
		"", "\n", "\t", " folded\nfrom: nothing\n\n", "\tx\n\n", ":\n\n", "Content-Type: multipart/mixed; boundary=b\n\n--b",
		"Content-Type: multipart/mixed; boundary=\"\"\n\n--\n--\n", "Content-Type: multipart/mixed; boundary=b\n\n--bx\n--b\n--bx\n--b--",
	} {
		hog := hogMessageOf(newMessage(envelope{}, []byte(source)))
		if hog.Raw.Data != source || hog.To == nil {
			t.Errorf("%q: got %+v", source, hog)
		}
	}
}
