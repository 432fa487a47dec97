package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The development project, as the README shows it.
const (
	devProject = "project-test-00000000-0000-4000-8000-000000000000"
	devSecret  = "secret-test-development-only"
)

// dev is a running `latchkey dev` and where it answers.
type dev struct {
	*process
	url, inbox, smtp string
}

func startDev(t *testing.T, args ...string) *dev {
	t.Helper()
	p := start(t, latchkey(append([]string{"dev",
		"--listen", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--inbox", "127.0.0.1:0", "--data", t.TempDir(),
	}, args...)...))
	// The project comes last: by then all the rest is said.
	p.said(t, p.stdout, `(?m)^ +secret +\S+$`)
	told := func(what string) string { return p.said(t, p.stdout, `(?m)^ +`+what+` +(\S.*)$`)[1] }
	return &dev{process: p, url: told("API"), inbox: strings.TrimSuffix(told("inbox"), "/"), smtp: told("SMTP")}
}

func (d *dev) backEnd() backEnd { return backEnd{url: d.url, project: devProject, secret: devSecret} }

// caught is a mail as the inbox tells tests of it.
type caught struct {
	ID, Subject, Link, Token, Code string
}

// mail waits for the newest mail to the address.
func (d *dev) mail(t *testing.T, address string) caught {
	t.Helper()
	return d.mailAfter(t, address, "")
}

// mailAfter waits for one that came after the mail of that id.
func (d *dev) mailAfter(t *testing.T, address, earlier string) caught {
	t.Helper()
	res, err := http.Get(d.inbox + "/inbox/" + url.PathEscape(address) + "/latest?wait=" + patience.String() + "&after=" + earlier)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var mail caught
	if err := json.NewDecoder(res.Body).Decode(&mail); err != nil || mail.Token == "" {
		t.Fatalf("got %s and no mail with a link for %s (%v)", res.Status, address, err)
	}
	return mail
}
