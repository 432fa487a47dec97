package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"latchkey/examples/latchkey"
)

// door is Latchkey for clients that can keep no secret. It names no origin, so the project
// needs native_apps.
type door struct{ url, publicToken string }

// post calls a path below /sdk/v1, in a session where there is one.
func (d door) post(ctx context.Context, path, session string, body map[string]any, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/sdk/v1/"+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	req.SetBasicAuth(d.publicToken, cmp.Or(session, d.publicToken))
	req.Header.Set("Content-Type", "application/json")
	res, err := latchkey.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("nothing answers at %s: is `make run` running? (%w)", d.url, err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return json.NewDecoder(res.Body).Decode(&struct {
			Data any `json:"data"`
		}{answer})
	}
	return latchkey.ReadRefusal(res)
}
