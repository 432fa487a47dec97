package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

// serve is an endpoint that answers as told.
func serve(t *testing.T, answer http.HandlerFunc) *endpoint {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	to, err := newEndpoint(server.URL+"/v1", projectID, projectSecret)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestARequestSaysWhoAsksForWhat(t *testing.T) {
	type said struct{ path, user, password, email, challenge string }
	var got said
	to := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		var body struct {
			Email     string
			Challenge string `json:"code_challenge"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		user, password, _ := r.BasicAuth()
		got = said{r.URL.Path, user, password, body.Email, body.Challenge}
	})
	c := &caller{conn: conn{to: to}, proof: newProof()}
	defer c.close()
	if err := c.start(7); err != nil {
		t.Fatal(err)
	}
	if want := (said{"/v1/magic_links/email/login_or_create", projectID, projectSecret, "person7@example.com", c.proof.challenge}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAnswersAreReadHoweverTheyEnd(t *testing.T) {
	long := strings.Repeat("long ", 2000)
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/chunked":
			http.NewResponseController(w).Flush()
		case "/v1/last":
			w.Header().Set("Connection", "close")
		}
		_, _ = w.Write([]byte(r.URL.Path + long))
	})
	c := &conn{to: to}
	defer c.close()
	for _, path := range []string{"/chunked", "/plain", "/last", "/chunked", "/plain"} {
		body, err := c.expect(path, []byte("{}"))
		if err != nil || string(body) != "/v1"+path+long {
			t.Errorf("%s: got %d bytes (%v), want the whole answer", path, len(body), err)
		}
	}
}

func TestARefusalEndsTheLoad(t *testing.T) {
	to := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	_, err := load{to, newProof(), 4, (*caller).start}.lasts(t.Context(), time.Minute)
	if err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("got %v, want the refusal", err)
	}
}

func TestAnOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	const answered = 20 * time.Millisecond
	to := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(answered) })
	// One connection answers 50 a second; 100 arrive. The last waits for all before it.
	o, err := load{to, newProof(), 1, (*caller).start}.arrives(t.Context(), 100, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if o.requests != 20 || o.quantile(1) < 200 {
		t.Errorf("got %d requests and %.0f ms for the last, want 20 and 200 ms or more", o.requests, o.quantile(1))
	}
}

func TestTheSinkReadsWhomAMailIsForAndItsToken(t *testing.T) {
	read := make(chan [2]string, 1)
	s, err := startSink(func(recipient, token []byte) { read <- [2]string{string(recipient), string(token)} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	token := strings.Repeat("t", 44)
	mail := "Subject: Sign in\r\n\r\nOpen\r\n\r\nhttp://127.0.0.1:8080/l/" + token + "\r\n\r\n.a dot\r\n"
	if err := smtp.SendMail(s.address, nil, "login@example.com", []string{"person7@example.com"}, []byte(mail)); err != nil {
		t.Fatal(err)
	}
	if got, want := <-read, [2]string{"person7@example.com", token}; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.mails.Load() != 1 || s.connections.Load() != 1 {
		t.Errorf("got %d mails over %d connections, want one each", s.mails.Load(), s.connections.Load())
	}
}
