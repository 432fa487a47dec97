package catcher

import (
	"net/http"
	"strings"
	"testing"
)

func TestForeignHostIsRefused(t *testing.T) {
	c := start(t, Config{Hosts: []string{"inbox.test:8025", "192.168.7.7"}})
	for host, want := range map[string]int{
		"localhost":            200,
		"LOCALHOST.:8025":      200,
		"mail.localhost:8025":  200,
		"127.0.0.1:8025":       200,
		"127.9.9.9":            200,
		"[::1]:8025":           200,
		"inbox.test":           200,
		"Inbox.Test:9":         200,
		"192.168.7.7:8025":     200,
		"evil.example":         421,
		"localhost.evil.test":  421,
		"127.0.0.1.nip.io":     421,
		"notlocalhost":         421,
		"192.168.7.8:8025":     421,
		"0.0.0.0:8025":         421,
		"inbox.test.evil.test": 421,
	} {
		for _, path := range []string{"/", "/messages", "/events/x", "/inbox/a@b/latest", "/api/v1/messages"} {
			resp, body := c.call(t, "GET", path, "Host", host)
			if refused := resp.StatusCode == http.StatusMisdirectedRequest; refused != (want == 421) {
				t.Errorf("%s %s: got %d %s, want %d", host, path, resp.StatusCode, body, want)
			}
		}
	}
}

func TestAllowRemoteTakesAnyHost(t *testing.T) {
	c := start(t, Config{AllowRemote: true})
	if resp, _ := c.call(t, "GET", "/messages", "Host", "evil.example"); resp.StatusCode != http.StatusOK {
		t.Errorf("got %d, want 200", resp.StatusCode)
	}
}

func TestForeignOriginChangesNothing(t *testing.T) {
	for _, path := range []string{"/messages", "/api/v1/messages"} {
		for _, headers := range [][]string{
			{"Origin", "https://evil.example"},
			{"Origin", "null"},
			{"Origin", "http://127.0.0.1:1"}, // another port is another origin
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
		} {
			c := start(t, Config{})
			m := c.send(t, "ada@example.com", loginMail)
			for _, target := range []string{path, path + "/" + m.ID} {
				resp, body := c.call(t, "DELETE", target, headers...)
				if resp.StatusCode != http.StatusForbidden || !strings.Contains(body, `"error"`) || len(c.Messages()) != 1 {
					t.Errorf("%s %v: got %d, %d left; want 403 and 1 left", target, headers, resp.StatusCode, len(c.Messages()))
				}
			}
		}
	}
}

func TestOwnOriginAndToolsMayDelete(t *testing.T) {
	c := start(t, Config{})
	for _, headers := range [][]string{
		nil,
		{"Origin", c.url},
		{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, // Chromium under no-referrer
	} {
		c.send(t, "ada@example.com", loginMail)
		if resp, body := c.call(t, "DELETE", "/messages", headers...); resp.StatusCode != http.StatusNoContent || len(c.Messages()) != 0 {
			t.Errorf("%v: got %d %s", headers, resp.StatusCode, body)
		}
	}
}

func TestNoForeignPageMayRead(t *testing.T) {
	c := start(t, Config{})
	for _, method := range []string{"GET", "OPTIONS"} {
		resp, _ := c.call(t, method, "/api/v1/messages", "Origin", "https://evil.example")
		for name := range resp.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: answered with %s", method, name)
			}
		}
	}
}
