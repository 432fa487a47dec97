package apitest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// exchange is a request and the response to it, each read to its end.
type exchange struct {
	request  *http.Request
	sent     []byte
	response *http.Response
	received []byte
}

// Exchange sends the request to the handler and returns the response, which was read
// to its end, and its body. The test fails where the document does not allow the
// response, or the request that it is a success of.
func Exchange(t testing.TB, handler http.Handler, r *http.Request) (*http.Response, string) {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatalf("docs/openapi.yaml: %v", err)
	}
	e := exchange{request: r}
	if e.sent, err = io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(e.sent))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	e.response, e.received = recorder.Result(), recorder.Body.Bytes()
	if err := d.check(e); err != nil {
		t.Errorf("docs/openapi.yaml: %s %s was answered %d %s: %v", r.Method, r.URL.Path, recorder.Code, e.received, err)
	}
	return e.response, string(e.received)
}
