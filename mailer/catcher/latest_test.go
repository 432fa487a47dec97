package catcher

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

type latestAnswer struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"received_at"`
	Subject    string    `json:"subject"`
	Link       string    `json:"link"`
	Token      string    `json:"token"`
	Code       string    `json:"code"`
	Error      string    `json:"error"`
}

func TestLatest(t *testing.T) {
	c := start(t, Config{})
	c.send(t, "other@example.com", "Subject: not this\n\n")
	m := c.send(t, "Ada@example.com", loginMail)
	c.send(t, "other@example.com", "Subject: nor this\n\n")
	var got latestAnswer
	c.get(t, "/inbox/ada@EXAMPLE.com/latest", &got)
	want := latestAnswer{
		ID: m.ID, ReceivedAt: m.ReceivedAt, Subject: "Log in", Token: loginToken, Code: "48210937",
		Link: "http://127.0.0.1:8080/l/" + loginToken,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLatestComparesASCIIOnly(t *testing.T) {
	c := start(t, Config{})
	c.send(t, "kelvin@example.com", "Subject: x\n\n")
	// U+212A, the Kelvin sign, is a k to Unicode and another mailbox to mail.
	if resp, body := c.call(t, "GET", "/inbox/%E2%84%AAelvin@example.com/latest"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("got %d %s, want 404", resp.StatusCode, body)
	}
}

func TestLatestAfterAndSince(t *testing.T) {
	clock := &fixedClock{at: time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)}
	c := start(t, Config{Now: clock.now})
	first := c.send(t, "ada@example.com", "Subject: first\n\n")
	clock.at = clock.at.Add(time.Minute)
	second := c.send(t, "ada@example.com", "Subject: second\n\n")
	for query, want := range map[string]string{
		"":                                    "second",
		"?after=" + first.ID:                  "second",
		"?after=" + second.ID:                 "",
		"?since=2026-01-02T15:01:00Z":         "second",
		"?since=2026-01-02T16:01:00+01:00":    "second",
		"?since=2026-01-02T15:01:00.001Z":     "",
		"?wait=0s&since=2026-01-02T15:00:00Z": "second",
	} {
		_, body := c.call(t, "GET", "/inbox/ada@example.com/latest"+query)
		var got latestAnswer
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if got.Subject != want || (want == "") != (got.Error != "") {
			t.Errorf("%s: got %q %q, want %q", query, got.Subject, got.Error, want)
		}
	}
	// The first one's id still says "later than that" when it is gone.
	c.call(t, "DELETE", "/messages/"+first.ID)
	var got latestAnswer
	c.get(t, "/inbox/ada@example.com/latest?after="+first.ID, &got)
	if got.ID != second.ID {
		t.Errorf("after a deleted mail: got %q, want %q", got.ID, second.ID)
	}
}

func TestLatestRefusesWhatItCannotRead(t *testing.T) {
	c := start(t, Config{})
	for _, query := range []string{"wait=soon", "wait=-1s", "after=1", "since=yesterday"} {
		if resp, body := c.call(t, "GET", "/inbox/ada@example.com/latest?"+query); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", query, resp.StatusCode, body)
		}
	}
}

// waiting starts a request for /inbox/ada@example.com/latest and returns once
// it waits. It is for a synctest bubble, whose clock makes the wait free.
func waiting(ctx context.Context, c *Catcher, query string) (answered <-chan *httptest.ResponseRecorder) {
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, "GET", "http://localhost/inbox/ada@example.com/latest"+query, nil)
		c.Handler().ServeHTTP(w, r)
		done <- w
	}()
	synctest.Wait()
	return done
}

func TestLatestWaitsForTheMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		asked := time.Now()
		answered := waiting(t.Context(), c, "?wait=10s")
		time.Sleep(3 * time.Second) // the bubble's clock, not ours
		for _, to := range []string{"bob@example.com", "ada@example.com"} {
			if err := c.mailbox.keep(newMessage(envelope{to: []string{to}}, []byte("Subject: "+to+"\r\n\r\n"))); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		w := <-answered
		if waited := time.Since(asked); waited != 3*time.Second {
			t.Errorf("answered after %s, want 3s", waited)
		}
		var got latestAnswer
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Subject != "ada@example.com" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestLatestGivesUp(t *testing.T) {
	for query, want := range map[string]time.Duration{
		"":             0,
		"?wait=10s":    10 * time.Second,
		"?wait=7":      7 * time.Second,
		"?wait=1500ms": 1500 * time.Millisecond,
		"?wait=8h":     longestWait,
	} {
		synctest.Test(t, func(t *testing.T) {
			asked := time.Now()
			w := <-waiting(t.Context(), New(Config{}), query)
			if waited := time.Since(asked); w.Code != http.StatusNotFound || waited != want {
				t.Errorf("%q: got %d after %s, want 404 after %s", query, w.Code, waited, want)
			}
		})
	}
}

func TestLatestEndsWithItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, hangUp := context.WithCancel(t.Context())
		asked := time.Now()
		answered := waiting(ctx, New(Config{}), "?wait=60s")
		hangUp()
		<-answered
		if waited := time.Since(asked); waited != 0 {
			t.Errorf("went on for %s", waited)
		}
	})
}
