package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// client asks a service of this wire format, over connections that are kept.
type client struct {
	http     http.Client
	base     string // what paths are put behind
	user     string
	password string
}

// answer is what came of a request, and how long that took: from its first byte to the
// last of the answer.
type answer struct {
	status int
	body   []byte
	took   time.Duration
}

func (c *client) post(ctx context.Context, path string, members map[string]any) (answer, error) {
	content, err := json.Marshal(members)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(content))
	if err != nil {
		return answer{}, err
	}
	request.SetBasicAuth(c.user, c.password)
	request.Header.Set("Content-Type", "application/json")
	began := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, body, time.Since(began)}, err
}

// expect is post where nothing but this status will do.
func (c *client) expect(ctx context.Context, status int, path string, members map[string]any) (answer, error) {
	got, err := c.post(ctx, path, members)
	if err == nil && got.status != status {
		err = fmt.Errorf("%s: got %d %s, want %d", path, got.status, got.body, status)
	}
	return got, err
}
