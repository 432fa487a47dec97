package catcher

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

func splitPort(t *testing.T, addr string) (string, int) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return host, n
}

func parsed(source string) *Message {
	return newMessage(envelope{}, []byte(strings.ReplaceAll(source, "\n", "\r\n")))
}

func TestForeignCharsetsBecomeUTF8(t *testing.T) {
	for name, c := range map[string]struct{ source, subject, text string }{
		"latin 1, 8bit": {
			"Subject: =?iso-8859-1?Q?Caf=E9?=\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nGr\xfc\xdfe\n",
			"Café", "Grüße\n"},
		"windows-1251, quoted-printable": {
			"Subject: =?windows-1251?B?z/Do4uXy?=\nContent-Type: text/plain; charset=windows-1251\nContent-Transfer-Encoding: quoted-printable\n\n=CF=F0=E8=E2=E5=F2\n",
			"Привет", "Привет\n"},
		"shift_jis, base64": {
			"Subject: =?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=\nContent-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: base64\n\ngrGC8YLJgr+CzQ==\n",
			"こんにちは", "こんにちは"},
		"bytes that are no UTF-8": {
			"Subject: x\n\na\xffb\n",
			"x", "a\uFFFDb\n"},
		"unknown charset": {
			"Subject: =?klingon?Q?Qapla=27?=\nContent-Type: text/plain; charset=klingon\n\nQapla'\n",
			"=?klingon?Q?Qapla=27?=", "Qapla'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m := parsed(c.source)
			if m.Subject != c.subject || m.Text != c.text {
				t.Errorf("got %q %q, want %q %q", m.Subject, m.Text, c.subject, c.text)
			}
		})
	}
}

func TestNestedPartsAndAttachments(t *testing.T) {
	m := parsed(`Subject: Invoice
Content-Type: multipart/mixed; boundary=out

--out
Content-Type: text/plain; name=notes.txt
Content-Disposition: attachment; filename="=?utf-8?q?f=C3=BCr_dich.txt?="

not the text
--out
Content-Type: multipart/alternative; boundary=in

--in
Content-Type: text/plain

the text
--in
Content-Type: text/html

<b>the html</b>
--in--
--out--
`)
	if m.Text != "the text" || m.HTML != "<b>the html</b>" || m.Problem != "" {
		t.Errorf("got text %q, html %q, problem %q", m.Text, m.HTML, m.Problem)
	}
	want := Attachment{Name: "für dich.txt", Type: "text/plain", Size: len("not the text")}
	if len(m.Attachments) != 1 || m.Attachments[0] != want {
		t.Errorf("attachments: got %+v, want %+v", m.Attachments, want)
	}
}

// A mail that is out of order is the one somebody wants to look at.
func TestMalformedMailIsKept(t *testing.T) {
	for name, source := range map[string]string{
		"no header":                   "just a line\n",
		"a header line without colon": "Subject: x\nnonsense\n\nbody\n",
		"no closing boundary":         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n",
		"no boundary at all":          "Content-Type: multipart/mixed\n\nbody\n",
		"unknown encoding":            "Content-Transfer-Encoding: rot13\n\nobql\n",
		"broken base64":               "Content-Transfer-Encoding: base64\n\n####\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, Config{})
			m := c.send(t, "qa@example.com", source)
			if m.Problem == "" {
				t.Error("no problem noted")
			}
			if _, body := c.call(t, "GET", "/messages/"+m.ID+"/source"); strings.ReplaceAll(body, "\r\n", "\n") != source {
				t.Errorf("source: got %d bytes, want %d", len(body), len(source))
			}
			var detail detail
			c.get(t, "/messages/"+m.ID, &detail)
			var hog hogMessage
			c.get(t, "/api/v1/messages/"+m.ID, &hog)
		})
	}
}

func TestPartsAreBounded(t *testing.T) {
	wide := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n\n", maxParts) + "--b--\n"
	deep := "Content-Type: text/plain\n\ndeep down\n"
	for level := range maxDepth + 1 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%[1]d\n%s--b%[1]d--\n", level+100, deep)
	}
	for name, source := range map[string]string{"too many parts": wide, "parts too deep": deep} {
		if got, want := parsed(source).Problem, "too many MIME parts"; got != want {
			t.Errorf("%s: got problem %q, want %q", name, got, want)
		}
	}
}

func TestLinkAndToken(t *testing.T) {
	const link = "https://login.example/l/AbC-_9"
	for name, c := range map[string]struct{ text, html, link string }{
		"alone on its line":        {"Open:\n\n" + link + "\n\nBye", "", link},
		"at a sentence's end":      {"Open " + link + ". Bye", "", link},
		"in brackets":              {"Open <" + link + "> or (" + link + ")", "", link},
		"after other URLs":         {"https://login.example/legal https://login.example/l/ https://x.example/a/l/b https://x.example/l/a/b " + link, "", link},
		"with a query":             {link + "?lang=de", "", link + "?lang=de"},
		"text before HTML":         {link, `<a href="https://login.example/l/other">x</a>`, link},
		"HTML where text has none": {"hello", `<a class=b href="` + link + `?a=1&amp;b=2">x</a>`, link + "?a=1&b=2"},
		"none":                     {"https://login.example/list", `<a href="javascript:/l/x">x</a>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, token := findLink(&Message{Text: c.text, HTML: c.html})
			if got != c.link {
				t.Errorf("link: got %q, want %q", got, c.link)
			}
			if (token == "AbC-_9") != (c.link != "") {
				t.Errorf("token: got %q", token)
			}
		})
	}
}

func TestCode(t *testing.T) {
	for text, want := range map[string]string{
		"Code:\n\n    4821 0937\n":                  "48210937",
		"your code is 0042\u00A09917.":              "00429917",
		"48210937":                                  "",
		"call +49 4821 0937":                        "",
		"card 4821 0937 1111 2222":                  "",
		"on 2026-11-20 or 20261120, ref 12345 6789": "",
		"https://login.example/l/4821_0937":         "",
		"4821\n0937":                                "",
	} {
		if got := codeIn(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	m := &Message{HTML: "<style>1111 2222</style><p>Code: <b>4821</b> <b>0937</b></p>"}
	if got := findCode(m); got != "48210937" {
		t.Errorf("HTML: got %q, want 48210937", got)
	}
}
